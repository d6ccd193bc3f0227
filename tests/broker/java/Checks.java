// SPDX-License-Identifier: Apache-2.0
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Runs checks, counts them, and says what was wrong with one that failed. Used by one thread. */
final class Checks {
    /** A check: returns if all is well. */
    interface Body {
        void run() throws Exception;
    }

    /** No broker answers later than this, and a client waits no longer. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private int passed;
    private int failed;

    void that(String what, Body body) {
        try {
            body.run();
            ++passed;
        } catch (Exception | AssertionError e) {
            ++failed;
            System.out.println("java-client: " + what + ": FAILED: " + e);
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) System.out.println("    because of " + cause);
            for (StackTraceElement at : e.getStackTrace())
                if (at.getModuleName() == null && !at.getClassName().contains(".")) System.out.println("    at " + at);
        }
    }

    /** Prints the counts; the exit code of the program. */
    int close() {
        System.out.println(passed + " passed, " + failed + " failed");
        return failed == 0 && passed != 0 ? 0 : 1;
    }

    static void equal(Object wanted, Object got, String what) {
        if (!Objects.equals(wanted, got)) throw new AssertionError(what + ": '" + got + "', not '" + wanted + "'");
    }

    static void isTrue(boolean is, String what) {
        if (!is) throw new AssertionError(what);
    }

    /** Runs a check again and again until it holds: a cluster of several processes needs a moment until all of it knows of a change. */
    static void soon(Body body) throws Exception {
        for (long until = System.nanoTime() + PATIENCE.toNanos();; Thread.sleep(20)) {
            try {
                body.run();
                return;
            } catch (Exception | AssertionError e) {
                if (System.nanoTime() > until) throw e;
            }
        }
    }

    static <T> T get(Future<T> of) throws Exception {
        return of.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** The future must fail with this. */
    static void refused(Class<? extends Exception> wanted, Future<?> of, String what) throws Exception {
        try {
            of.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (wanted.isInstance(e.getCause())) return;
            throw new AssertionError(what + ": refused with " + e.getCause() + ", not with " + wanted.getSimpleName());
        }
        throw new AssertionError(what + ": not refused");
    }
}
