"""Fills a Keystone of keystone.sh.

register.py URL users                     the users, with their roles in the project service
register.py URL service TYPE NAME ADDRESS a service with its three endpoints; an endpoint that exists is moved
"""

import json
import sys
import urllib.request

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Keystone:
    """The Identity API v3, as admin."""

    def __init__(self, url):
        self.url = url
        self.token = None
        domain = {"name": "Default"}
        body = {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": "admin", "domain": domain, "password": "admin"}},
            },
            "scope": {"project": {"name": "admin", "domain": domain}},
        }
        headers, _ = self._send("POST", "/auth/tokens", {"auth": body})
        self.token = headers["X-Subject-Token"]

    def _send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("X-Auth-Token", self.token)
        with OPENER.open(request, timeout=20) as answer:
            text = answer.read()
            return answer.headers, json.loads(text) if text else None

    def call(self, method, path, body=None):
        return self._send(method, path, body)[1]

    def have(self, kind, query, fields):
        """The id of the thing of that kind; it is made if the query finds none."""
        found = self.call("GET", "/%ss?%s" % (kind, query))[kind + "s"]
        return (found or [self.call("POST", "/%ss" % kind, {kind: fields})[kind]])[0]["id"]


def users(keystone):
    project = keystone.have(
        "project", "name=service&domain_id=default", {"name": "service", "domain_id": "default"})
    roles = [keystone.have("role", "name=" + name, {"name": name}) for name in ("admin", "service")]
    for name in ("ceilometer", "gnocchi", "nova", "glance"):
        user = keystone.have(
            "user", "name=%s&domain_id=default" % name,
            {"name": name, "domain_id": "default", "password": name, "default_project_id": project})
        for role in roles:
            keystone.call("PUT", "/projects/%s/users/%s/roles/%s" % (project, user, role))


def service(keystone, kind, name, address):
    ident = keystone.have("service", "type=" + kind, {"type": kind, "name": name})
    known = keystone.call("GET", "/endpoints?service_id=" + ident)["endpoints"]
    for interface in ("public", "internal", "admin"):
        fields = {"service_id": ident, "interface": interface, "region_id": "RegionOne", "url": address}
        same = [endpoint["id"] for endpoint in known if endpoint["interface"] == interface]
        if same:
            keystone.call("PATCH", "/endpoints/" + same[0], {"endpoint": fields})
        else:
            keystone.call("POST", "/endpoints", {"endpoint": fields})


if __name__ == "__main__":
    connection = Keystone(sys.argv[1])
    {"users": users, "service": service}[sys.argv[2]](connection, *sys.argv[3:])
