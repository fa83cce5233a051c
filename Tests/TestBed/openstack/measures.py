"""Prints what a Gnocchi holds, as gnocchiclient reads it: a line of JSON for each metric of each resource.

Who asks, and where, is in the environment as for the command gnocchi.
"""

import json
import os

from gnocchiclient import auth
from gnocchiclient.v1 import client
from keystoneauth1 import loading, session


def connect():
    endpoint = os.environ["GNOCCHI_ENDPOINT"]
    if os.environ["OS_AUTH_TYPE"] == "gnocchi-basic":
        plugin = auth.GnocchiBasicPlugin(user=os.environ["GNOCCHI_USER"], endpoint=endpoint)
    else:
        names = ("auth_url", "username", "password", "project_name", "user_domain_name", "project_domain_name")
        options = {name: os.environ["OS_" + name.upper()] for name in names}
        plugin = loading.get_plugin_loader("password").load_from_options(**options)
    return client.Client(
        session=session.Session(auth=plugin), adapter_options={"endpoint_override": endpoint})


def resources(gnocchi):
    marker = None
    while True:
        page = gnocchi.resource.list("generic", details=True, limit=500, marker=marker)
        yield from page
        if len(page) < 500:
            return
        marker = page[-1]["id"]


def main():
    gnocchi = connect()
    for resource in resources(gnocchi):
        for name, ident in sorted(resource["metrics"].items()):
            metric = gnocchi.metric.get(ident)
            granularity = min(line["granularity"] for line in metric["archive_policy"]["definition"])
            found = gnocchi.metric.get_measures(ident, aggregation="mean", granularity=granularity, refresh=True)
            print(json.dumps({
                "resource": resource["id"], "original": resource["original_resource_id"], "type": resource["type"],
                "creator": resource["creator"], "ended_at": resource["ended_at"], "metric": name,
                "unit": metric["unit"], "policy": metric["archive_policy"]["name"],
                "measures": [[moment.isoformat(), value] for moment, _, value in found]}))


main()
