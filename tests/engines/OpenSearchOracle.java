// Runs queries on documents in a real OpenSearch node, which lives in this JVM and in one temporary folder.
//
// The folder is the first argument. One JSON request per line on standard input, one JSON reply per line on standard output:
//   {"mapping": properties, "documents": [{field: [value]}], "queries": [text of a query in the JSON query language]}
//   {"answers": [{"rows": [position]} or {"rejected": message}]} or {"error": message}
// Nothing is reachable from outside: every port is on the loopback interface, and nobody is told its number.

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.client.Client;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.env.Environment;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.node.Node;
import org.opensearch.search.SearchHit;
import org.opensearch.transport.Netty4Plugin;

public class OpenSearchOracle extends Node {
    private static final int MOST_DOCUMENTS = 100_000;

    OpenSearchOracle(Settings settings) {
        super(new Environment(settings, null), List.of(Netty4Plugin.class), false);
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream replies = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // where the node logs to
        Settings settings = Settings.builder()
            .put("path.home", arguments[0])
            .put("node.name", "oracle")
            .put("node.processors", 1)
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("transport.type", "netty4")
            .put("transport.port", "0")
            .put("http.type", "netty4")
            .put("http.port", "0")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        try (Node node = new OpenSearchOracle(settings).start()) {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            int number = 0;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                replies.println(json(reply(node.client(), "index" + number++, line)));
            }
        }
    }

    static String json(Map<String, ?> map) throws IOException {
        var builder = JsonXContent.contentBuilder().map(map); // its class has another package in every major version
        builder.flush();
        return ((ByteArrayOutputStream) builder.getOutputStream()).toString(StandardCharsets.UTF_8);
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> reply(Client client, String index, String line) {
        try {
            Map<String, Object> request = XContentHelper.convertToMap(JsonXContent.jsonXContent, line, true);
            create(client, index, (Map<String, Object>) request.get("mapping"));
            fill(client, index, (List<Map<String, Object>>) request.get("documents"));
            List<Object> answers = new ArrayList<>();
            for (String query : (List<String>) request.get("queries")) {
                answers.add(answer(client, index, query));
            }
            client.admin().indices().prepareDelete(index).get();
            return Map.of("answers", answers);
        } catch (Exception problem) { // in the request itself, so that no query could be asked
            return Map.of("error", cause(problem));
        }
    }

    static void create(Client client, String index, Map<String, Object> properties) {
        Map<String, Object> settings = Map.of(
            "index.number_of_shards", 1,
            "index.number_of_replicas", 0,
            "index.translog.durability", "async",
            "index.max_result_window", MOST_DOCUMENTS
        );
        Map<String, Object> mappings = Map.of("_doc", Map.of("dynamic", "strict", "properties", properties));
        Map<String, Object> source = Map.of("settings", settings, "mappings", mappings);
        client.admin().indices().prepareCreate(index).setSource(source).get();
    }

    static void fill(Client client, String index, List<Map<String, Object>> documents) {
        BulkRequestBuilder bulk = client.prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
        for (int position = 0; position < documents.size(); position++) {
            bulk.add(new IndexRequest(index).id(Integer.toString(position)).source(documents.get(position)));
        }
        BulkResponse response = bulk.numberOfActions() == 0 ? null : bulk.get();
        if (response != null && response.hasFailures()) {
            throw new IllegalArgumentException(response.buildFailureMessage());
        }
    }

    static Map<String, Object> answer(Client client, String index, String query) {
        try {
            SearchResponse response = client.prepareSearch(index)
                .setQuery(QueryBuilders.wrapperQuery(query))
                .setFetchSource(false)
                .setSize(MOST_DOCUMENTS)
                .get();
            List<Object> rows = new ArrayList<>();
            for (SearchHit hit : response.getHits()) {
                rows.add(Integer.parseInt(hit.getId()));
            }
            return Map.of("rows", rows);
        } catch (Exception problem) {
            return Map.of("rejected", cause(problem));
        }
    }

    static String cause(Throwable problem) {
        return problem.getCause() == null ? problem.toString() : cause(problem.getCause());
    }
}
