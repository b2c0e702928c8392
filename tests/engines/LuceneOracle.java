// Runs Elasticsearch queries on documents in memory, with real Lucene underneath.
//
// One JSON request per line on standard input, one JSON reply per line on standard output:
//   {"types": {field: type}, "documents": [{field: [value]}], "queries": [text or DSL object], "options": {…}}
//   {"lucene": version, "answers": [{"rows": [position]} or {"rejected": message}]} or {"error": message}
// A query that is a string is query_string text; a query that is an object is Elasticsearch's JSON DSL.
//
// Lucene's classic parser is not yet Elasticsearch: QueryString adds what Elasticsearch's own subclass of it adds, and
// Mapping builds the queries that its field types build. No dependency beyond lucene-core and lucene-queryparser.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.InetAddressPoint;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.queryparser.classic.ParseException;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.RegexpQuery;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.SimpleCollector;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.Version;
import org.apache.lucene.util.automaton.RegExp;

public class LuceneOracle {
    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(Json.write(reply(line)));
            out.flush();
        }
    }

    static Map<String, Object> reply(String line) {
        try {
            Map<String, Object> request = Json.object(Json.read(line));
            Options options = new Options(Json.object(request.get("options")));
            BooleanQuery.setMaxClauseCount(options.maxClauses);
            Mapping mapping = new Mapping(Json.object(request.get("types")));
            try (Directory directory = new ByteBuffersDirectory()) {
                index(directory, mapping, Json.list(request.get("documents")));
                List<Object> answers = answers(directory, mapping, options, Json.list(request.get("queries")));
                return Map.of("lucene", Version.LATEST.toString(), "answers", answers);
            }
        } catch (Exception problem) { // in the request itself, so that no query could be asked
            return Map.of("error", problem.toString());
        }
    }

    static void index(Directory directory, Mapping mapping, List<Object> documents) throws IOException {
        // Without merges a document's number is its position in the request.
        IndexWriterConfig config = new IndexWriterConfig(new StandardAnalyzer()).setMergePolicy(NoMergePolicy.INSTANCE);
        try (IndexWriter writer = new IndexWriter(directory, config)) {
            for (Object document : documents) {
                writer.addDocument(mapping.document(Json.object(document)));
            }
        }
    }

    static List<Object> answers(Directory directory, Mapping mapping, Options options, List<Object> queries) throws IOException {
        List<Object> answers = new ArrayList<>();
        try (IndexReader reader = DirectoryReader.open(directory)) {
            IndexSearcher searcher = new IndexSearcher(reader);
            searcher.setQueryCache(null);
            for (Object query : queries) {
                answers.add(answer(searcher, mapping, options, query));
            }
        }
        return answers;
    }

    static Map<String, Object> answer(IndexSearcher searcher, Mapping mapping, Options options, Object asked) {
        try {
            Query query = asked instanceof String
                ? new QueryString(mapping, options, "*", options.lenient).whole((String) asked)
                : new Dsl(mapping, options).query(Json.object(asked), 1);
            return Map.of("rows", rows(searcher, query));
        } catch (Exception | StackOverflowError | AssertionError problem) {
            return Map.of("rejected", problem.toString());
        }
    }

    static List<Object> rows(IndexSearcher searcher, Query query) throws IOException {
        List<Object> rows = new ArrayList<>();
        searcher.search(query, new SimpleCollector() {
            private int base;

            @Override
            protected void doSetNextReader(LeafReaderContext context) {
                base = context.docBase;
            }

            @Override
            public void collect(int document) {
                rows.add(base + document);
            }

            @Override
            public ScoreMode scoreMode() {
                return ScoreMode.COMPLETE_NO_SCORES;
            }
        });
        return rows;
    }

    /** Settings of the index, of the node and of the request that change what a query means. */
    static class Options {
        final boolean lenient;
        final int maxClauses;
        final int maxRegexLength;
        final int maxNestedDepth;
        final int maxDeterminizedStates;

        Options(Map<String, Object> options) {
            lenient = Boolean.parseBoolean(options.get("lenient").toString());
            maxClauses = Integer.parseInt(options.get("max_clauses").toString());
            maxRegexLength = Integer.parseInt(options.get("max_regex_length").toString());
            maxNestedDepth = Integer.parseInt(options.get("max_nested_depth").toString());
            maxDeterminizedStates = Integer.parseInt(options.get("max_determinized_states").toString());
        }
    }

    /** What Elasticsearch's field types do: which Lucene query stands for a term, a pattern or a range on a field. */
    static class Mapping {
        static final String NAMES = "_field_names"; // holds the names of the fields that a document has, as in Elasticsearch
        private static final Pattern WILDCARD_OR_ESCAPE = Pattern.compile("(\\\\.)|([?*]+)");
        private final Map<String, String> types = new LinkedHashMap<>();

        Mapping(Map<String, Object> declared) {
            declared.forEach((field, type) -> {
                if (!List.of("exact", "lower", "long", "ip", "bool").contains(type)) {
                    throw new IllegalArgumentException("unknown type [" + type + "] of field [" + field + "]");
                }
                types.put(field, (String) type);
            });
        }

        Document document(Map<String, Object> values) {
            Document document = new Document();
            values.forEach((field, list) -> {
                for (Object value : Json.list(list)) {
                    document.add(indexed(field, (String) value));
                    document.add(new StringField(NAMES, field, Field.Store.NO));
                }
            });
            return document;
        }

        private Field indexed(String field, String value) {
            if (!types.containsKey(field)) {
                throw new IllegalArgumentException("field [" + field + "] has no type");
            }
            switch (types.get(field)) {
                case "long":
                    return new LongPoint(field, Long.parseLong(value));
                case "ip":
                    return new InetAddressPoint(field, address(value));
                case "bool":
                    return new StringField(field, truth(value), Field.Store.NO);
                default:
                    return new StringField(field, normalised(field, value), Field.Store.NO);
            }
        }

        /** The declared fields that a name, perhaps with stars in it, stands for. */
        List<String> fields(String name) {
            if (name.indexOf('*') < 0) {
                return List.of(name);
            }
            String pattern = Pattern.quote(name).replace("*", "\\E.*\\Q");
            List<String> found = new ArrayList<>();
            for (String field : types.keySet()) {
                if (field.matches(pattern)) {
                    found.add(field);
                }
            }
            return found;
        }

        Query exists(String name) {
            List<String> found = new ArrayList<>();
            for (String field : types.keySet()) { // the name of an object stands for the fields in it
                if (fields(name).contains(field) || field.startsWith(name + ".")) {
                    found.add(field);
                }
            }
            return any(found, field -> new TermQuery(new Term(NAMES, field)));
        }

        Query term(String field, String value) {
            switch (type(field)) {
                case "long":
                    BigDecimal number = number(value);
                    return longs(field, number.setScale(0, RoundingMode.CEILING), number.setScale(0, RoundingMode.FLOOR));
                case "ip":
                    return value.contains("/") ? network(field, value) : InetAddressPoint.newExactQuery(field, address(value));
                case "bool":
                    return new TermQuery(new Term(field, truth(value)));
                case "none":
                    return unmapped(field);
                default:
                    return new TermQuery(new Term(field, normalised(field, value)));
            }
        }

        Query wildcard(String field, String pattern) {
            return pattern(field, "wildcard", () -> new WildcardQuery(new Term(field, normalisedWildcard(field, pattern))));
        }

        Query prefix(String field, String prefix) {
            return pattern(field, "prefix", () -> new PrefixQuery(new Term(field, normalised(field, prefix))));
        }

        Query fuzzy(String field, String text, int edits) {
            return pattern(field, "fuzzy", () -> new FuzzyQuery(new Term(field, normalised(field, text)), edits));
        }

        Query regexp(String field, String regex, int maxDeterminizedStates) {
            // The normaliser is given the text of the regex, operators and class letters included.
            return pattern(field, "regexp", () ->
                new RegexpQuery(new Term(field, normalised(field, regex)), allOperators(), 0, maxDeterminizedStates));
        }

        Query range(String field, String lower, String upper, boolean withLower, boolean withUpper) {
            switch (type(field)) {
                case "long":
                    return longs(field, lower == null ? null : lowest(number(lower), withLower),
                        upper == null ? null : lowest(number(upper).negate(), withUpper).negate());
                case "ip":
                    return addresses(field, lower, upper, withLower, withUpper);
                case "bool": // false comes before true
                    return TermRangeQuery.newStringRange(field, lower == null ? null : truth(lower), upper == null ? null : truth(upper),
                        withLower, withUpper);
                case "none":
                    return unmapped(field);
                default:
                    return TermRangeQuery.newStringRange(field, lower == null ? null : normalised(field, lower),
                        upper == null ? null : normalised(field, upper), withLower, withUpper);
            }
        }

        private String type(String field) {
            return types.getOrDefault(field, "none");
        }

        static Query unmapped(String field) {
            return new MatchNoDocsQuery("no field [" + field + "]");
        }

        private interface Builder {
            Query build();
        }

        private Query pattern(String field, String kind, Builder builder) {
            switch (type(field)) {
                case "long":
                case "ip":
                case "bool":
                    throw new IllegalArgumentException("Can only use " + kind + " queries on keyword, text and wildcard fields - not on ["
                        + field + "] which is of type [" + type(field) + "]");
                case "none":
                    return unmapped(field);
                default:
                    return builder.build();
            }
        }

        private static String truth(String value) {
            if (!value.equals("true") && !value.equals("false")) {
                throw new IllegalArgumentException("Can't parse boolean value [" + value + "], expected [true] or [false]");
            }
            return value.equals("true") ? "T" : "F";
        }

        private String normalised(String field, String text) {
            return "lower".equals(types.get(field)) ? lowerCase(text) : text;
        }

        /** Everything but wildcards and escaped characters is normalised, so an escaped capital stays one and never matches. */
        private String normalisedWildcard(String field, String pattern) {
            StringBuilder result = new StringBuilder();
            Matcher matcher = WILDCARD_OR_ESCAPE.matcher(pattern);
            int last = 0;
            while (matcher.find()) {
                result.append(normalised(field, pattern.substring(last, matcher.start()))).append(matcher.group());
                last = matcher.end();
            }
            return result.append(normalised(field, pattern.substring(last))).toString();
        }

        /** Code point by code point, as Lucene's LowerCaseFilter does it: never longer, no final sigma, no locale. */
        static String lowerCase(String text) {
            return text.codePoints().map(Character::toLowerCase)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        }

        /** Elasticsearch sets every operator and, where it is no longer part of ALL, the complement. */
        private static int allOperators() {
            try {
                return RegExp.ALL | RegExp.class.getField("DEPRECATED_COMPLEMENT").getInt(null);
            } catch (ReflectiveOperationException before10) {
                return RegExp.ALL;
            }
        }

        private static BigDecimal lowest(BigDecimal bound, boolean inclusive) {
            return inclusive ? bound.setScale(0, RoundingMode.CEILING) : bound.setScale(0, RoundingMode.FLOOR).add(BigDecimal.ONE);
        }

        /** The whole numbers from lower to upper, where null is no bound. */
        private static Query longs(String field, BigDecimal lower, BigDecimal upper) {
            BigDecimal from = lower == null ? BigDecimal.valueOf(Long.MIN_VALUE) : lower;
            BigDecimal to = upper == null ? BigDecimal.valueOf(Long.MAX_VALUE) : upper;
            boolean none = from.compareTo(to) > 0; // as where the smallest number is greater than the greatest long
            return none ? new MatchNoDocsQuery("empty range") : LongPoint.newRangeQuery(field, whole(from), whole(to));
        }

        private static BigDecimal number(String text) {
            BigDecimal number = new BigDecimal(text);
            whole(number.setScale(0, RoundingMode.DOWN));
            return number;
        }

        private static long whole(BigDecimal number) {
            try {
                return number.longValueExact();
            } catch (ArithmeticException problem) {
                throw new IllegalArgumentException("Value [" + number + "] is out of range for a long");
            }
        }

        private static Query addresses(String field, String lower, String upper, boolean withLower, boolean withUpper) {
            InetAddress from = lower == null ? InetAddressPoint.MIN_VALUE : address(lower);
            InetAddress to = upper == null ? InetAddressPoint.MAX_VALUE : address(upper);
            boolean none = lower != null && !withLower && from.equals(InetAddressPoint.MAX_VALUE)
                || upper != null && !withUpper && to.equals(InetAddressPoint.MIN_VALUE);
            if (none) {
                return new MatchNoDocsQuery("beyond all addresses");
            }
            if (lower != null && !withLower) {
                from = InetAddressPoint.nextUp(from);
            }
            if (upper != null && !withUpper) {
                to = InetAddressPoint.nextDown(to);
            }
            return InetAddressPoint.newRangeQuery(field, from, to);
        }

        private static Query network(String field, String text) {
            String[] parts = text.split("/", -1);
            InetAddress address = address(parts[0]);
            int length = parts.length == 2 && parts[1].matches("[0-9]{1,3}") ? Integer.parseInt(parts[1]) : -1;
            if (length < 0 || length > address.getAddress().length * 8) {
                throw new IllegalArgumentException("Expected [ip/prefix] but was [" + text + "]");
            }
            return InetAddressPoint.newPrefixQuery(field, address, length);
        }

        private static InetAddress address(String text) {
            String octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"; // no leading zeros
            boolean literal = text.matches(octet + "(\\." + octet + "){3}") || text.matches("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
            try {
                if (literal) { // only then is getByName sure not to ask a name server
                    return InetAddress.getByName(text);
                }
            } catch (UnknownHostException malformed) {
                // falls through to the one message for everything that is no address
            }
            throw new IllegalArgumentException("'" + text + "' is not an IP string literal.");
        }
    }

    /** Any of the queries that a list of fields gives. */
    static Query any(List<String> fields, Function<String, Query> query) {
        if (fields.isEmpty()) {
            return new MatchNoDocsQuery("no such field");
        }
        if (fields.size() == 1) {
            return query.apply(fields.get(0));
        }
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        for (String field : fields) {
            any.add(query.apply(field), Occur.SHOULD);
        }
        return any.build();
    }

    /** Lucene matches nothing by negations alone; Elasticsearch lets them mean "all documents but". */
    static Query withoutPureNegation(Query query) {
        if (!(query instanceof BooleanQuery)) {
            return query;
        }
        List<BooleanClause> clauses = ((BooleanQuery) query).clauses();
        if (clauses.isEmpty() || !clauses.stream().allMatch(BooleanClause::isProhibited)) {
            return query;
        }
        BooleanQuery.Builder fixed = new BooleanQuery.Builder().add(new MatchAllDocsQuery(), Occur.FILTER);
        clauses.forEach(fixed::add);
        return fixed.build();
    }

    /** query_string: Lucene's grammar with the meaning that Elasticsearch gives to its leaves. */
    static class QueryString extends QueryParser {
        private static final String EXISTS = "_exists_";
        private static final float AUTO = 99; // edits that nobody would write, to know where none are written
        private final Mapping mapping;
        private final Options options;
        private final String defaultField;
        private final boolean lenient; // what does not suit the type of its field finds nothing, and is no error

        QueryString(Mapping mapping, Options options, String defaultField, boolean lenient) {
            super(defaultField, new StandardAnalyzer());
            this.mapping = mapping;
            this.options = options;
            this.defaultField = defaultField;
            this.lenient = lenient;
            setAllowLeadingWildcard(true);
            setSplitOnWhitespace(false);
            setFuzzyMinSim(AUTO);
        }

        Query whole(String text) throws ParseException {
            return text.isBlank() ? new MatchNoDocsQuery("no terms") : withoutPureNegation(parse(text));
        }

        @Override
        protected Query getBooleanQuery(List<BooleanClause> clauses) throws ParseException {
            Query query = super.getBooleanQuery(clauses);
            return query == null ? null : withoutPureNegation(query);
        }

        @Override
        protected Query getFieldQuery(String field, String text, boolean quoted) {
            if (EXISTS.equals(field)) {
                return mapping.exists(text);
            }
            // The text is unescaped by now: a backslash before the sign is gone and does not help, only quotes do.
            // A field that comes from the "fields" of the request and not from the text has no one-sided ranges.
            boolean named = defaultField.equals("*") || !field.equals(defaultField);
            if (named && !quoted && text.length() > 1 && (text.charAt(0) == '<' || text.charAt(0) == '>')) {
                boolean inclusive = text.length() > 2 && text.charAt(1) == '=';
                String bound = text.substring(inclusive ? 2 : 1);
                return text.charAt(0) == '>'
                    ? getRangeQuery(field, bound, null, inclusive, true)
                    : getRangeQuery(field, null, bound, true, inclusive);
            }
            return leaf(field, name -> mapping.term(name, text));
        }

        @Override
        protected Query getFieldQuery(String field, String text, int slop) {
            return getFieldQuery(field, text, true);
        }

        @Override
        protected Query getRangeQuery(String field, String lower, String upper, boolean withLower, boolean withUpper) {
            String from = "*".equals(lower) ? null : lower;
            String to = "*".equals(upper) ? null : upper;
            return leaf(field, name -> mapping.range(name, from, to, withLower, withUpper));
        }

        @Override
        protected Query getWildcardQuery(String field, String pattern) {
            if (!pattern.equals("*")) {
                return leaf(field, name -> mapping.wildcard(name, pattern));
            }
            return field.equals("*") ? new MatchAllDocsQuery() : mapping.exists(field);
        }

        @Override
        protected Query getPrefixQuery(String field, String prefix) {
            return leaf(field, name -> mapping.prefix(name, prefix));
        }

        @Override
        protected Query getFuzzyQuery(String field, String text, float edits) {
            int automatic = text.length() < 3 ? 0 : text.length() < 6 ? 1 : 2;
            return leaf(field, name -> mapping.fuzzy(name, text, edits == AUTO ? automatic : (int) edits));
        }

        @Override
        protected Query getRegexpQuery(String field, String regex) {
            if (regex.length() > options.maxRegexLength) {
                throw new IllegalArgumentException("The length of regex [" + regex.length()
                    + "] used in the [query_string] has exceeded the allowed maximum of [" + options.maxRegexLength + "]");
            }
            return leaf(field, name -> mapping.regexp(name, regex, options.maxDeterminizedStates));
        }

        private Query leaf(String field, Function<String, Query> query) {
            return any(mapping.fields(field), name -> {
                try {
                    return query.apply(name);
                } catch (RuntimeException problem) {
                    if (lenient) {
                        return new MatchNoDocsQuery(problem.toString());
                    }
                    throw problem;
                }
            });
        }
    }

    /** The part of Elasticsearch's JSON query language that Kibana writes for a KQL query. */
    static class Dsl {
        private final Mapping mapping;
        private final Options options;

        Dsl(Mapping mapping, Options options) {
            this.mapping = mapping;
            this.options = options;
        }

        Query query(Map<String, Object> node, int depth) throws ParseException {
            if (depth > options.maxNestedDepth) {
                throw new IllegalArgumentException("The nested depth of the query exceeds the maximum nested depth for bool queries");
            }
            if (node.size() != 1) {
                throw new IllegalArgumentException("a query object has one key, not " + node.keySet());
            }
            String kind = node.keySet().iterator().next();
            Map<String, Object> body = Json.object(node.get(kind));
            switch (kind) {
                case "match_all":
                    return new MatchAllDocsQuery();
                case "bool":
                    return bool(body, depth);
                case "exists":
                    return mapping.exists(text(body.get("field")));
                case "query_string":
                    return queryString(body);
                case "multi_match": // Kibana asks it of all fields
                    return new QueryString(mapping, options, "*", lenient(body)).getFieldQuery("*", text(body.get("query")), true);
                default:
                    String field = body.keySet().iterator().next();
                    return onField(kind, field, body.get(field));
            }
        }

        private Query onField(String kind, String field, Object body) {
            switch (kind) {
                case "term":
                    return mapping.term(field, text(body, "value"));
                case "match": // a keyword, number or address is not analysed, so all three are the whole value
                case "match_phrase":
                    return mapping.term(field, text(body, "query"));
                case "wildcard":
                    return mapping.wildcard(field, text(body, "value"));
                case "range":
                    return range(field, Json.object(body));
                default:
                    throw new IllegalArgumentException("unknown query [" + kind + "]");
            }
        }

        private Query bool(Map<String, Object> body, int depth) throws ParseException {
            BooleanQuery.Builder builder = new BooleanQuery.Builder();
            Map<String, Occur> occurs = Map.of("must", Occur.MUST, "filter", Occur.FILTER, "should", Occur.SHOULD, "must_not", Occur.MUST_NOT);
            for (Map.Entry<String, Object> entry : body.entrySet()) {
                if (entry.getKey().equals("minimum_should_match")) {
                    builder.setMinimumNumberShouldMatch(Integer.parseInt(text(entry.getValue())));
                    continue;
                }
                Object clauses = entry.getValue();
                for (Object clause : clauses instanceof List ? Json.list(clauses) : List.of(clauses)) {
                    builder.add(query(Json.object(clause), depth + 1), occurs.get(entry.getKey()));
                }
            }
            BooleanQuery query = builder.build();
            return query.clauses().isEmpty() ? new MatchAllDocsQuery() : withoutPureNegation(query);
        }

        private Query queryString(Map<String, Object> body) throws ParseException {
            String field = body.containsKey("fields") ? text(Json.list(body.get("fields")).get(0)) : "*";
            return new QueryString(mapping, options, field, lenient(body)).whole(text(body.get("query")));
        }

        private boolean lenient(Map<String, Object> body) {
            return body.containsKey("lenient") ? Boolean.parseBoolean(text(body.get("lenient"))) : options.lenient;
        }

        private Query range(String field, Map<String, Object> bounds) {
            boolean withLower = bounds.containsKey("gte");
            boolean withUpper = bounds.containsKey("lte");
            Object lower = bounds.get(withLower ? "gte" : "gt");
            Object upper = bounds.get(withUpper ? "lte" : "lt");
            return mapping.range(field, lower == null ? null : text(lower), upper == null ? null : text(upper), withLower, withUpper);
        }

        private static String text(Object body, String key) {
            return text(body instanceof Map ? Json.object(body).get(key) : body);
        }

        private static String text(Object value) {
            if (value == null) {
                throw new IllegalArgumentException("value cannot be null");
            }
            return value.toString();
        }
    }

    /** Just enough JSON. A number is kept as the text it was written as. */
    static class Json {
        private final String text;
        private int at;

        private Json(String text) {
            this.text = text;
        }

        @SuppressWarnings("unchecked")
        static Map<String, Object> object(Object value) {
            return (Map<String, Object>) value;
        }

        @SuppressWarnings("unchecked")
        static List<Object> list(Object value) {
            return (List<Object>) value;
        }

        static Object read(String text) {
            return new Json(text).value();
        }

        static String write(Object value) {
            if (value instanceof Map) {
                List<String> members = new ArrayList<>();
                object(value).forEach((key, member) -> members.add(quoted(key) + ":" + write(member)));
                return "{" + String.join(",", members) + "}";
            }
            if (value instanceof List) {
                List<String> items = new ArrayList<>();
                list(value).forEach(item -> items.add(write(item)));
                return "[" + String.join(",", items) + "]";
            }
            return value instanceof String ? quoted((String) value) : String.valueOf(value);
        }

        private static String quoted(String text) {
            StringBuilder result = new StringBuilder("\"");
            for (char character : text.toCharArray()) {
                if (character < ' ' || character > '~' || character == '"' || character == '\\') {
                    result.append(String.format("\\u%04x", (int) character));
                } else {
                    result.append(character);
                }
            }
            return result.append('"').toString();
        }

        private Object value() {
            switch (peek()) {
                case '{':
                    return members();
                case '[':
                    return items();
                case '"':
                    return string();
                default:
                    return word();
            }
        }

        private Map<String, Object> members() {
            Map<String, Object> members = new LinkedHashMap<>();
            at++;
            while (peek() != '}') {
                String key = string();
                peek();
                at++; // the colon
                members.put(key, value());
                skipComma();
            }
            at++;
            return members;
        }

        private List<Object> items() {
            List<Object> items = new ArrayList<>();
            at++;
            while (peek() != ']') {
                items.add(value());
                skipComma();
            }
            at++;
            return items;
        }

        private String string() {
            StringBuilder result = new StringBuilder();
            for (at++; text.charAt(at) != '"'; at++) {
                if (text.charAt(at) != '\\') {
                    result.append(text.charAt(at));
                    continue;
                }
                char escape = text.charAt(++at);
                int plain = "\"\\/bfnrt".indexOf(escape);
                if (plain >= 0) {
                    result.append("\"\\/\b\f\n\r\t".charAt(plain));
                } else { // uXXXX
                    result.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                }
            }
            at++;
            return result.toString();
        }

        private Object word() {
            int start = at;
            while (at < text.length() && ",]} \t".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String word = text.substring(start, at);
            return word.equals("null") ? null : word;
        }

        private void skipComma() {
            if (peek() == ',') {
                at++;
            }
        }

        private char peek() {
            while (text.charAt(at) == ' ') {
                at++;
            }
            return text.charAt(at);
        }
    }
}
