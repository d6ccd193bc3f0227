// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;

/** A packed file of documents, one a line, in ASCII. The same documents give the same file. */
final class Lines implements Closeable {
    private static final JsonMapper JSON = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private final OutputStream out;

    Lines(Path path) throws IOException {
        out = new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(path)));
    }

    void add(JsonNode line) throws IOException {
        out.write(JSON.writeValueAsString(line).getBytes(StandardCharsets.US_ASCII));
        out.write('\n');
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
