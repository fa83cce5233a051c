"""What Nova asks of Neutron, and Aerostat of Glance: answers from nothing. stubs.py PORT"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

IMAGE = {
    "name": "cirros", "status": "active", "visibility": "public", "container_format": "bare", "disk_format": "qcow2",
    "min_disk": 0, "min_ram": 0, "size": 21430272, "tags": [], "hw_machine_type": "q35", "kernel_id": None,
    "ramdisk_id": None,
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.split("?")[0].rstrip("/")
        last = path.rsplit("/", 1)[-1]
        if last in ("ports", "security-groups", "extensions"):
            self.answer(200, {last.replace("-", "_"): []})
        elif path.startswith("/v2/images/"):
            known = last == "0f0e0d0c-0b0a-4908-8706-050403020100"
            self.answer(200 if known else 404, dict(IMAGE, id=last) if known else {})
        else:
            self.answer(404, {})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
