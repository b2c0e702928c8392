"""The one door to pySigma: its reading of a rule, as a second opinion on ours, and what its backends make of a rule.

pySigma is imported on the first use. Nothing here is on the way from a rule to a query of ours.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import yaml

from sigma_amsi.errors import ConfigurationError, Problem, Refused, RuleError
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, Token, exactly
from sigma_amsi.predicate.evaluate import text_of
from sigma_amsi.predicate.tree import (
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matches,
    Null,
    Predicate,
    Regex,
    Same,
    Test,
    TimePart,
    TimeUnit,
    all_of,
    any_of,
    negation,
)
from sigma_amsi.regex import RegexConstruct, RegexSyntax, perl
from sigma_amsi.rule.leaves import ordered_time_part
from sigma_amsi.rule.modifiers import Operator
from sigma_amsi.term import Field

if TYPE_CHECKING:
    from sigma.plugins import InstalledSigmaPlugins


def read_detection(rule_text: str) -> Predicate:
    """The detection of the one rule of the text, as pySigma reads it.

    Raises RuleError pysigma where pySigma rejects the text, and Refused: correlation, placeholder, regex-construct.
    """
    from sigma.collection import SigmaCollection
    from sigma.rule import SigmaRule

    with _pysigma_errors():
        # What from_yaml does, with the faster of PyYAML's two parsers.
        documents = list(yaml.load_all(rule_text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        collection = SigmaCollection.from_dicts(documents)
        rules = [*collection.rules, *collection.filters]
        if len(rules) != 1:
            raise RuleError(Problem("pysigma", f"pySigma finds {len(rules)} rules where one is expected"))
        (rule,) = rules
        if not isinstance(rule, SigmaRule):
            raise Refused("correlation", "a correlation or filter, not a detection")
        conditions = [condition.parse() for condition in rule.detection.parsed_condition]
    return any_of(map(_condition, conditions))


def backend_output(target: str, pipelines: Sequence[str], rule_text: str) -> tuple[str, ...]:
    """The queries that an installed pySigma backend makes of the text's rules under installed pipelines, both by sigma-cli's names.

    A query that is no text comes as JSON. Raises ConfigurationError pysigma-plugin for what is not installed, RuleError pysigma where pySigma
    rejects the text or the backend refuses it.
    """
    from sigma.collection import SigmaCollection

    plugins = _plugins()
    backend = plugins.backends.get(target)
    if backend is None:
        raise _not_installed("target", target, plugins.backends)
    for name in pipelines:
        if name not in plugins.pipelines:
            raise _not_installed("pipeline", name, plugins.pipelines)
        if _is_mixed_up(name, plugins.pipelines[name]):
            message = f"pySigma takes another pipeline for {name!r}"
            raise ConfigurationError(Problem("pysigma-plugin", message, hint="import no module of sigma.pipelines before"))
    with _pysigma_errors():
        pipeline = plugins.get_pipeline_resolver().resolve(list(pipelines))
        # The annotation of plugins.backends says an instance where it holds classes.
        output = cast(Any, backend)(processing_pipeline=pipeline).convert(SigmaCollection.from_yaml(rule_text))
    queries = output if isinstance(output, list) else [output]
    return tuple(query if isinstance(query, str) else json.dumps(query) for query in queries)


@lru_cache(maxsize=1)
def _plugins() -> "InstalledSigmaPlugins":
    from sigma.plugins import InstalledSigmaPlugins

    return InstalledSigmaPlugins.autodiscover(include_validators=False)


def _is_mixed_up(name: str, pipeline: Any) -> bool:
    """Whether pySigma would apply another pipeline's function: all that are made by its decorator are one object, with the function of the last."""
    function = getattr(pipeline, "func", None)
    if function is None:
        return False
    spelled = name.replace("-", "_")
    names = (spelled, f"{spelled}_pipeline")
    modules = [(home, module) for home, module in list(sys.modules.items()) if home.startswith("sigma.pipelines.")]
    homes = [home for home, module in modules if any(getattr(module, each, None) is pipeline for each in names)]
    return bool(homes) and not function.__module__.startswith(tuple(homes))


def _not_installed(what: str, name: str, installed: dict[str, Any]) -> ConfigurationError:
    message = f"pySigma has no {what} {name!r} here"
    return ConfigurationError(Problem("pysigma-plugin", message, hint=f"installed: {', '.join(sorted(installed))}"))


@contextmanager
def _pysigma_errors() -> Iterator[None]:
    """pySigma's complaints as ours. Besides its own errors it lets others through: of YAML, of types, of recursion."""
    try:
        yield
    except (RuleError, Refused):
        raise
    except Exception as error:
        raise RuleError(Problem("pysigma", f"pySigma: {error or type(error).__name__}")) from error


def _condition(condition: Any) -> Predicate:
    from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionNOT, ConditionOR, ConditionValueExpression

    match condition:
        case ConditionAND():
            return all_of(map(_condition, condition.args))
        case ConditionOR():
            return any_of(map(_condition, condition.args))
        case ConditionNOT():
            return negation(_condition(condition.args[0]))
        case ConditionFieldEqualsValueExpression():
            return _value(Field(condition.field), condition.value)
        case ConditionValueExpression():
            return _value(AnyField(), condition.value)
    raise AssertionError(f"pySigma has a condition of a type unknown to us: {type(condition)}")


def _value(subject: Field | AnyField, value: Any) -> Predicate:
    from sigma import types

    match value:
        case types.SigmaExpansion():
            return any_of(_value(subject, each) for each in value.values)
        case types.SigmaString():
            return _string(subject, value, cased=isinstance(value, types.SigmaCasedString))
        case types.SigmaTimestampPart():
            return Test(subject, TimePart(_time_unit(value), int(value.number)))
        case types.SigmaNumber():
            return _text(subject, text_of(value.number))
        case types.SigmaBool():
            return _text(subject, text_of(value.boolean))
        case types.SigmaNull():
            return Test(subject, Null())
        case types.SigmaExists():
            exists = Test(subject, Exists())
            return exists if value.exists else negation(exists)
        case types.SigmaRegularExpression():
            return Test(subject, _regex(value))
        case types.SigmaCIDRExpression():
            return Test(subject, InNetwork(value.network))
        case types.SigmaCompareExpression():
            return _comparison(subject, value)
        case types.SigmaFieldReference():
            ends = (value.starts_with, value.ends_with)
            how = {(False, False): "equals", (True, False): "startswith", (False, True): "endswith", (True, True): "contains"}[ends]
            return Test(subject, Same(Field(value.field), cast(Any, how)))
    raise AssertionError(f"pySigma has a value of a type unknown to us: {type(value)}")


def _string(subject: Field | AnyField, string: Any, *, cased: bool) -> Predicate:
    from sigma.types import Placeholder, SpecialChars

    tokens: list[Token] = []
    for part in string.s:
        if isinstance(part, Placeholder):
            raise Refused("placeholder", f"the placeholder %{part.name}% has no value")
        tokens.append(part if isinstance(part, str) else ANY_MANY if part is SpecialChars.WILDCARD_MULTI else ONE)
    pattern = Pattern.of(*tokens)
    if isinstance(subject, AnyField):
        return Test(subject, Matches(Pattern.of(ANY_MANY, *pattern.tokens, ANY_MANY), cased))
    return Test(subject, Matches(pattern, cased) if pattern.tokens else Empty())


def _text(subject: Field | AnyField, text: str) -> Predicate:
    pattern = exactly(text)
    return Test(subject, Matches(Pattern.of(ANY_MANY, text, ANY_MANY) if isinstance(subject, AnyField) else pattern))


def _regex(value: Any) -> Regex:
    from sigma.types import SigmaRegularExpressionFlag, SigmaString

    if isinstance(value.regexp, SigmaString) and value.contains_placeholder():
        raise Refused("placeholder", f"a placeholder in the expression {value.regexp}")
    try:
        return Regex(
            *perl.parse(
                str(value.regexp),
                ignore_case=SigmaRegularExpressionFlag.IGNORECASE in value.flags,
                multiline=SigmaRegularExpressionFlag.MULTILINE in value.flags,
                dot_all=SigmaRegularExpressionFlag.DOTALL in value.flags,
            )
        )
    except RegexConstruct as error:
        raise Refused("regex-construct", str(error)) from None
    except RegexSyntax as error:
        raise RuleError(Problem("invalid-regex", str(error))) from None


def _comparison(subject: Field | AnyField, value: Any) -> Predicate:
    from sigma.types import CompareOperators, SigmaTimestampPart

    signs: dict[Any, Operator] = {
        CompareOperators.LT: "<",
        CompareOperators.LTE: "<=",
        CompareOperators.GT: ">",
        CompareOperators.GTE: ">=",
    }
    operator, number = signs[value.op], value.number
    if isinstance(number, SigmaTimestampPart):
        return ordered_time_part(subject, _time_unit(number), operator, int(number.number))
    return Test(subject, Compare(operator, Decimal(text_of(number.number))))


def _time_unit(value: Any) -> TimeUnit:
    return cast(TimeUnit, value.timestamp_part.name.lower())
