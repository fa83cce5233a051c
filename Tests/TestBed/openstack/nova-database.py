"""Works on the database of nova.sh's Nova, through Nova's own objects.

nova-database.py CONFIGURATION seed HOST=N,... | adopt UUID HOST | uuid HOST INDEX | delete UUID | move UUID HOST |
state UUID STATE | rename-flavor ID NAME
"""

import datetime
import sys
import uuid

from nova import config, context, exception, objects
from nova.db.api import api as api_database
from nova.db.api import models as api_models
from nova.network import model as network

PROJECT = "b1f3a0c9d3e94b8e9f0f6f0a2f7f0001"
USER = "a7c1e2d4f5b64c7d8e9f0a1b2c3d0001"
IMAGE = "0f0e0d0c-0b0a-4908-8706-050403020100"
FLAVORS = [
    # id, name, vcpus, memory, root, ephemeral, public
    ("1", "m1.small", 1, 2048, 20, 0, True),
    ("2", "m1.large", 4, 8192, 80, 10, True),
    ("f-private", "c1.private", 8, 16384, 100, 0, False),
]


def server_id(host, index):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "%s/%d" % (host, index)))


def flavor(admin, ident, name, vcpus, memory, root, ephemeral, public):
    try:
        return objects.Flavor.get_by_flavor_id(admin, ident)
    except exception.FlavorNotFound:
        made = objects.Flavor(
            context=admin, flavorid=ident, name=name, vcpus=vcpus, memory_mb=memory, root_gb=root,
            ephemeral_gb=ephemeral, swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=public,
            extra_specs={})
        made.create()
        return objects.Flavor.get_by_flavor_id(admin, ident)


def make(admin, cell, context_of_cell, host, index, flavors, ident):
    chosen = flavors[index % len(flavors)]
    stopped = index % 7 == 6
    name = "vm-%s-%d" % (host, index)
    server = objects.Instance(
        context=context_of_cell, uuid=ident, user_id=USER, project_id=PROJECT,
        # Every fifth was booted from a volume.
        image_ref="" if index % 5 == 4 else IMAGE, kernel_id="", ramdisk_id="", hostname=name, display_name=name,
        display_description="", host=host, node=host, compute_id=1, launched_on=host, availability_zone="nova",
        launched_at=datetime.datetime.now(datetime.timezone.utc), vm_state="stopped" if stopped else "active",
        power_state=4 if stopped else 1, task_state=None, memory_mb=chosen.memory_mb, vcpus=chosen.vcpus,
        root_gb=chosen.root_gb, ephemeral_gb=chosen.ephemeral_gb, instance_type_id=chosen.id, flavor=chosen,
        old_flavor=None, new_flavor=None, os_type=None, architecture=None, reservation_id="r-%08x" % index,
        launch_index=0, root_device_name="/dev/vda", locked=False, auto_disk_config=False, config_drive="",
        progress=0, ephemeral_key_uuid=None, cleaned=False, system_metadata={"image_base_image_ref": IMAGE},
        metadata={"metering.server_group": "sg-%d" % (index % 2), "team": "telemetry"})
    address = network.FixedIP(address="192.0.2.%d" % (index % 250 + 1))
    net = network.Network(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, "net")), bridge="br-int", label="private",
        subnets=[network.Subnet(cidr="192.0.2.0/24", ips=[address])])
    interface = network.VIF(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, ident)), address="fa:16:3e:00:00:%02x" % (index % 256),
        devname="tap%08x" % index, type="ovs", network=net)
    server.info_cache = objects.InstanceInfoCache(
        context=context_of_cell, instance_uuid=ident, network_info=network.NetworkInfo([interface]))
    server.create()
    objects.InstanceMapping(
        context=admin, instance_uuid=ident, project_id=PROJECT, user_id=USER, cell_mapping=cell,
        queued_for_delete=False).create()
    # A server that Nova itself has made was changed since: only then is it among the changes.
    server.progress = 100
    server.save()


def seed(admin, cell, context_of_cell, hosts):
    flavors = [flavor(admin, *row) for row in FLAVORS]
    for part in hosts.split(","):
        host, count = part.split("=")
        for index in range(int(count)):
            try:
                objects.Instance.get_by_uuid(context_of_cell, server_id(host, index))
            except exception.InstanceNotFound:
                make(admin, cell, context_of_cell, host, index, flavors, server_id(host, index))


def adopt(admin, cell, context_of_cell, ident, host):
    make(admin, cell, context_of_cell, host, 0, [flavor(admin, *row) for row in FLAVORS], ident)


def delete(admin, cell, context_of_cell, ident):
    server = objects.Instance.get_by_uuid(context_of_cell, ident)
    server.vm_state = "deleted"
    server.task_state = None
    server.terminated_at = datetime.datetime.now(datetime.timezone.utc)
    server.save()
    server.destroy()


def move(admin, cell, context_of_cell, ident, host):
    server = objects.Instance.get_by_uuid(context_of_cell, ident)
    server.host = host
    server.save()


def state(admin, cell, context_of_cell, ident, wanted):
    server = objects.Instance.get_by_uuid(context_of_cell, ident)
    server.vm_state = wanted
    server.save()


def rename_flavor(admin, cell, context_of_cell, ident, name):
    # Nova itself has no way to do this: operators do it by hand.
    @api_database.context_manager.writer
    def rename(context_of_api):
        found = context_of_api.session.query(api_models.Flavors).filter_by(flavorid=ident)
        return found.update({"name": name})

    if rename(admin) != 1:
        sys.exit("no flavor has the id " + ident)


def main(configuration, command, *arguments):
    if command == "uuid":
        print(server_id(arguments[0], int(arguments[1])))
        return
    objects.register_all()
    config.parse_args(["nova"], default_config_files=[configuration])
    admin = context.get_admin_context()
    cell = next(cell for cell in objects.CellMappingList.get_all(admin) if cell.name == "cell1")
    work = {"seed": seed, "adopt": adopt, "delete": delete, "move": move, "state": state, "rename-flavor": rename_flavor}[command]
    with context.target_cell(admin, cell) as context_of_cell:
        work(admin, cell, context_of_cell, *arguments)


main(*sys.argv[1:])
