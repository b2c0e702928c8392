from hypothesis import given, settings, strategies as st
from tests.regex.trees import *
from sigma_amsi.predicate.evaluate import pattern_test, regex_test
from sigma_amsi.proof.automaton import *
from sigma_amsi.proof.compile import *
@settings(max_examples=1500, deadline=None)
@given(trees, st.booleans(), st.lists(texts,min_size=5,max_size=20))
def test_regex(tree, cased, ts):
    L=regex_language(tree,cased); t=regex_test(tree,cased)
    for x in ["","\n",*ts]: assert (x in L)==t(x), x
@settings(max_examples=1000, deadline=None)
@given(patterns, st.booleans(), st.lists(texts,min_size=5,max_size=20))
def test_pat(tree, cased, ts):
    L=pattern_language(tree,cased); t=pattern_test(tree,cased)
    for x in ["","\n",*ts]: assert (x in L)==t(x), x
