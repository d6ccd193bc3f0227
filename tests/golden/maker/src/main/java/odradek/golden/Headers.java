// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** Headers of a record from names and values in turn. */
final class Headers {
    static Header[] of(String... namesAndValues) {
        Header[] made = new Header[namesAndValues.length / 2];
        for (int i = 0; i < made.length; ++i) {
            String value = namesAndValues[2 * i + 1];
            made[i] =
                new RecordHeader(namesAndValues[2 * i], value == null ? null : value.getBytes(StandardCharsets.UTF_8));
        }
        return made;
    }

    private Headers() {
    }
}
