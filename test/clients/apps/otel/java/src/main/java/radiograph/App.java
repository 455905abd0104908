package radiograph;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.h2.jdbcx.JdbcDataSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The Java application of the conformance tests with OpenTelemetry: a servlet container, an HTTP
 * client, a SQL database and a DynamoDB client, and nothing of tracing. A Java agent traces it. The
 * tests describe what each path does.
 */
public final class App {
    private final DataSource orders = database();
    private final CloseableHttpClient http = HttpClients.createDefault();
    private final DynamoDbClient carts = DynamoDbClient.builder()
            .endpointOverride(URI.create(System.getenv("AWS_ENDPOINT_URL_DYNAMODB")))
            .build();

    public static void main(String[] args) throws Exception {
        App app = new App();
        URI listen = URI.create("http://" + System.getenv("LISTEN"));
        Server server = new Server(new InetSocketAddress(listen.getHost(), listen.getPort()));
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(get(app::order), "/order");
        context.addServlet(get(app::fail), "/fail");
        server.setHandler(context);
        server.start();
        server.join();
    }

    /** order asks the databases and calls the next application, if any. */
    private void order(HttpServletRequest request) throws IOException, SQLException {
        query();
        carts.getItem(r -> r.tableName("carts").key(Map.of("id", AttributeValue.fromS("1"))));
        next(request.getParameter("next"));
    }

    private void query() throws SQLException {
        try (Connection connection = orders.getConnection();
                PreparedStatement statement = connection.prepareStatement("SELECT 1 + 1")) {
            statement.executeQuery();
        }
    }

    /** next calls the first of a comma-separated list of applications and hands it the rest. */
    private void next(String list) throws IOException {
        if (list == null || list.isEmpty()) {
            return;
        }
        String[] urls = list.split(",", 2);
        String rest = urls.length > 1 ? urls[1] : "";
        try (CloseableHttpResponse response = http.execute(new HttpGet(urls[0] + "/order?next=" + rest))) {
            EntityUtils.consume(response.getEntity());
            if (response.getStatusLine().getStatusCode() != 200) {
                throw new IOException(urls[0] + " answered " + response.getStatusLine());
            }
        }
    }

    private void fail(HttpServletRequest request) {
        charge();
    }

    private void charge() {
        throw new IllegalStateException("card declined");
    }

    private static DataSource database() {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:orders;DB_CLOSE_DELAY=-1");
        source.setUser("orders");
        return source;
    }

    /** Handler answers 200 unless it throws. */
    private interface Handler {
        void handle(HttpServletRequest request) throws IOException, SQLException;
    }

    private static ServletHolder get(Handler handler) {
        return new ServletHolder(new HttpServlet() {
            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                try {
                    handler.handle(request);
                } catch (SQLException e) {
                    throw new IOException(e);
                }
                response.getWriter().println("ok");
            }
        });
    }

    private App() {
    }
}
