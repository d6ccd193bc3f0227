// SPDX-License-Identifier: Apache-2.0
import java.io.DataInputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** ApiVersions 5, with which a client says whom it expects (KIP-1242), by Kafka's own classes over a plain socket. */
final class Handshakes {
    private final Checks checks;
    private final Admin admin;

    Handshakes(Checks checks, Admin admin) {
        this.checks = checks;
        this.admin = admin;
    }

    void run() {
        checks.that("a client that expects this cluster and this broker is welcome", () -> {
            Errors wanted = Main.EMBEDDED ? Errors.NONE : Errors.UNSUPPORTED_VERSION; // 4.3 knows only 4
            String cluster = Checks.get(admin.describeCluster().clusterId());
            for (Node one : Checks.get(admin.describeCluster().nodes())) Checks.equal(wanted, greet(one, cluster, one.id()), "broker " + one);
        });
        if (!Main.EMBEDDED) return;
        checks.that("a client that expects another cluster is told so", () -> {
            for (Node one : Checks.get(admin.describeCluster().nodes()))
                Checks.equal(Errors.REBOOTSTRAP_REQUIRED, greet(one, "another", one.id()), "broker " + one);
        });
        checks.that("a client that expects another broker is told so", () -> {
            String cluster = Checks.get(admin.describeCluster().clusterId());
            for (Node one : Checks.get(admin.describeCluster().nodes()))
                Checks.equal(Errors.REBOOTSTRAP_REQUIRED, greet(one, cluster, one.id() + 1), "broker " + one);
        });
    }

    private static Errors greet(Node to, String cluster, int node) throws Exception {
        short version = 5;
        ApiVersionsRequestData asked = new ApiVersionsRequestData()
                .setClientSoftwareName("java-client").setClientSoftwareVersion("1").setClusterId(cluster).setNodeId(node);
        ByteBuffer bytes = new ApiVersionsRequest.Builder(asked, version, version).build(version)
                .serializeWithHeader(new RequestHeader(ApiKeys.API_VERSIONS, version, "java-client", 7));
        try (Socket socket = new Socket(to.host(), to.port())) {
            socket.setSoTimeout((int) Checks.PATIENCE.toMillis());
            ByteBuffer frame = ByteBuffer.allocate(4 + bytes.remaining()).putInt(bytes.remaining()).put(bytes);
            socket.getOutputStream().write(frame.array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            ByteBuffer answer = ByteBuffer.wrap(in.readNBytes(in.readInt()));
            Checks.equal(7, answer.getInt(), "correlation id");
            return Errors.forCode(ApiVersionsResponse.parse(new ByteBufferAccessor(answer), version).data().errorCode());
        }
    }
}
