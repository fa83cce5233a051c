"""A collector that counts: requests, bytes, and figures of the kinds that the agents here post."""

import http.server
import socket
import threading
import time


class Sink:
    """Listens on loopback. Its own CPU time is nobody's, so it may be simple."""

    def __init__(self):
        self.requests = 0
        self.bytes = 0
        self.samples = 0
        self.first = None
        self._lock = threading.Lock()
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 300

            def do_POST(self):
                body = self._body()
                arrived = time.monotonic()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                sink.note(body, arrived)

            def _body(self):
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def setup(self):
                super().setup()
                self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def note(self, body, arrived, samples=None):
        # A key that each of Ceilometer's and Aerostat's samples has once, or each of collectd's values.
        if samples is None:
            samples = body.count(b'"monotonic_time"') or body.count(b'"dstypes"')
        with self._lock:
            self.first = self.first or arrived
            self.requests += 1
            self.bytes += len(body)
            self.samples += samples

    def forget_first(self):
        with self._lock:
            self.first = None

    def counts(self):
        with self._lock:
            return self.requests, self.bytes, self.samples

    def close(self):
        self._server.shutdown()
        self._server.server_close()
