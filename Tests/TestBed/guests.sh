#!/usr/bin/env bash
# guests.sh - a private libvirtd with tiny real guests, for tests and for deploy/try.sh.
#
# The guests are emulated (QEMU TCG), so no virtualisation hardware is needed; each boots a Debian kernel and one
# shell script in a few seconds. Between them they show every shape of memory statistics that an agent meets:
#
#   idle      balloon statistics            paused    as idle, suspended
#   fill      as idle, but fills 48 MiB     shutoff   as idle, not running
#   nostats   no <stats period>             old       Nova metadata 1.0
#   none      <memballoon model='none'/>    volume    booted from a volume
#   nodriver  balloon device, no driver     nometa    no Nova metadata
#   transient as idle, not defined          plain-1.. as idle, 80 MiB, as many as asked for
#   busy      as idle, but busy for a part of the time; only to be defined like
#   disks     as idle, with a disk of every kind (below); only to be defined like
#   bare-1..  16 MiB and nothing to boot from, as many as asked for: QEMU, monitor and devices are real, no guest runs
#
# All but the plain ones have the same memory, so that idle and fill differ by what fill fills and nothing else.
#
# Their disk is a qcow2 file, of old and volume a sparse raw one. The disks of a guest like disks: vda qcow2, vdb raw with
# holes, vdc qcow2 preallocated, vdd raw without holes, vde a qcow2 overlay, vdf on an NBD server, sda a CD-ROM whose image is
# no whole number of blocks, fda a floppy. A block device is not among them: none can be had without the host's loop driver.
#
# Isolation: libvirt's directories are compiled in, so the daemon runs in a mount namespace in which they are our own,
# and in a network namespace without any device but those of its guests. A libvirtd of the host is not touched, nothing
# listens on a port.
#
# Devices that a test attaches: of a disk vdb the guest reads and writes DISK_READ and DISK_WRITTEN bytes once, and tells
# its own counters of it. A NIC eth1 to eth9 (the first NIC is eth0, which is left alone) gets the address
# 192.0.2.(16 * number + 2)/28 and knows its neighbour .(16 * number + 1) as 02:00:00:00:00:0number, so that it sends
# nothing but answers.
#
# Usage: guests.sh COMMAND
#   install             Debian packages, kernel and initramfs; starts nothing
#   up [N] [--only A,B] [--bare M]  the guests above, or only those named, N plain and M bare ones; waits until their
#                       statistics are there; prints the URI. After a failure everything is left to be looked at
#   down                ends everything and removes the state directory
#   status              the guests, their states and memory statistics
#   uri                 the connection URI
#   name|uuid|pid NAME  libvirt's name, the (fixed) UUID, the PID of the QEMU process
#   meminfo NAME [N]    the last (N) lines in which the guest told its own /proc/meminfo, in KiB
#   devices NAME        what the guest told last of vdb, and which NICs it has set up
#   virsh ARGS...       virsh on this daemon
#   net COMMAND...      a command in the daemon's network namespace, in which the guests' taps are
#   define NAME [LIKE]  defines one more guest, like idle or another of the above; start boots it
#   undefine NAME       ends and removes it
#   start NAME          boots a guest that is shut off and waits until it is ready
#   stop NAME           pulls the plug
#   suspend|resume NAME pauses a guest, and lets it go on
#   hang|unhang NAME    stops (SIGSTOP) its QEMU process: its monitor goes silent; and lets it go on
#   kill NAME           SIGKILLs its QEMU process
#   daemon-stop [KILL]  ends libvirtd by SIGTERM (or SIGKILL); the guests go on
#   daemon-start        starts it again; it finds its guests
#   daemon-hang|daemon-unhang  stops libvirtd: its sockets accept and nothing answers; and lets it go on
# NAME is one of the names above or libvirt's (instance-00000001).
#
# Environment:
#   GUESTS_STATE    the state directory: absolute, short (it holds unix sockets), of nobody else
#                   (default /tmp/aerostat-guests)
#   GUESTS_CACHE    keeps kernel and initramfs between runs (default $GUESTS_STATE.cache)
#   GUESTS_TIMEOUT  seconds for up and start after the installation (default 180)
#   GUESTS_PRELOAD  a library that is preloaded into libvirtd, for faults of its host
#   GUESTS_PERIOD   the statistics period in seconds (default 2)
#
# Needs root on Debian 12 (amd64). Exit status: 0 done; 1 failed, with a line "guests.sh: error: ..." on standard
# error; 2 wrong usage.

set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

SELF=$(readlink -f "${BASH_SOURCE[0]}")
STATE=${GUESTS_STATE:-/tmp/aerostat-guests}
STATE=${STATE%/}
CACHE=${GUESTS_CACHE:-$STATE.cache}
CACHE=${CACHE%/}
TIMEOUT=${GUESTS_TIMEOUT:-180}
PERIOD=${GUESTS_PERIOD:-2}
MEMORY=128 # MiB of a guest
PLAIN=80   # MiB of a plain one; with 68 or less this kernel does not boot
BARE=16
OVERHEAD=150 # MiB that a QEMU takes besides
DISK_READ=262144 DISK_WRITTEN=327680 # bytes that a guest reads and writes of vdb; whole numbers of 64 KiB

SOCKET=$STATE/run/libvirt-sock
URI="qemu+unix:///system?socket=$SOCKET"
MARK=$STATE/.made-by-guests.sh
EMULATOR=/usr/bin/qemu-system-x86_64
BUSYBOX=/bin/busybox
PACKAGES=(libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 qemu-utils busybox-static cpio kmod
    iproute2)
MODULES=(virtio_pci virtio_blk virtio_net virtio_balloon)

die() { echo "guests.sh: error: $*" >&2; exit 1; }
say() { echo "guests.sh: $*" >&2; }
usage() { sed -n '/^# Usage:/,/^# NAME is/{s/^# \{0,1\}//;p}' "$SELF" >&2; exit 2; }
now() { date +%s; }

# ---- the guests -----------------------------------------------------------------------------------------------------
# Columns: name, number, MiB, MiB it fills (or busy), balloon (stats|nostats|none|nodriver), Nova metadata (new|old|volume|no),
# state to bring it to (running|paused|shutoff|transient). The number gives libvirt's name, the UUID and the MAC.
cases() {
    cat <<END
idle       1 $MEMORY  0 stats    new    running
fill       2 $MEMORY 48 stats    new    running
nostats    3 $MEMORY  0 nostats  new    running
none       4 $MEMORY  0 none     new    running
nodriver   5 $MEMORY  0 nodriver new    running
paused     6 $MEMORY  0 stats    new    paused
shutoff    7 $MEMORY  0 stats    new    shutoff
old        8 $MEMORY  0 stats    old    running
volume     9 $MEMORY  0 stats    volume running
nometa    10 $MEMORY  0 stats    no     running
transient 11 $MEMORY  0 stats    new    transient
END
}
# Such as are not there unless a test defines one like them, as they are a load.
spares() {
    cat <<END
busy       0 $MEMORY busy stats  new    shutoff
disks      0 $MEMORY disks stats new    shutoff
END
}
# The plain guests are numbered from 256 on, those that define adds from 512 on, the bare ones from 1024 on.

# The chosen cases, N plain and M bare guests, in the columns above.
chosen() { # N, names with commas or nothing for all, M
    local i
    cases | awk -v only="$2" '
        BEGIN { n = split(only, names, ","); for (i = 1; i <= n; i++) want[names[i]] = 1 }
        only == "" || $1 in want'
    for ((i = 1; i <= $1; i++)); do echo "plain-$i $((255 + i)) $PLAIN 0 stats new running"; done
    for ((i = 1; i <= $3; i++)); do echo "bare-$i $((1023 + i)) $BARE 0 bare new running"; done
}

# The row of a guest that is up, or of the fixed ones while none is; NAME is ours or libvirt's.
row() {
    local rows
    if [[ -e $STATE/guests ]]; then rows=$(cat "$STATE/guests"); else rows=$(cases); fi
    awk -v want="$1" '$1 == want || sprintf("instance-%08x", $2) == want { print; found = 1 } END { exit !found }' \
        <<<"$rows" || die "no guest is called '$1'"
}
number_of() { local line; line=$(row "$1") || exit 1; awk '{ print $2 }' <<<"$line"; }
instance_name() { printf 'instance-%08x' "$1"; }
# The first eight digits differ, as tables show no more of it.
instance_uuid() { printf '6e7c%04x-0000-4000-8000-%012x' "$1" "$1"; }

# The block that Nova writes, in its order and form: new = 2025.2 (flavor id, extraSpecs, image), old = namespace 1.0,
# volume = new, without an image.
nova_metadata() { # name number mib kind
    local name=$1 n=$2 mib=$3 kind=$4 version=1.1 id='' specs='' image='' root ports=''
    local picture=70a599e0-31e7-49b7-b260-868f441e862b
    [[ $kind != no ]] || return 0
    root="<nova:root type=\"image\" uuid=\"$picture\"/>"
    if [[ $kind == old ]]; then
        version=1.0
    else
        id=" id=\"$((n % 7 + 1))\""
        specs='<nova:extraSpecs><nova:extraSpec name="hw_rng:allowed">true</nova:extraSpec></nova:extraSpecs>'
        image="<nova:image uuid=\"$picture\"><nova:containerFormat>bare</nova:containerFormat><nova:diskFormat>qcow2</nova:diskFormat><nova:minDisk>1</nova:minDisk><nova:minRam>0</nova:minRam><nova:properties><nova:property name=\"os_distro\">debian</nova:property></nova:properties></nova:image>"
        ports="<nova:ports><nova:port uuid=\"$(printf 'b0a70000-0000-4000-8000-%012x' "$n")\"><nova:ip type=\"fixed\" address=\"192.0.2.$((n % 250 + 1))\" ipVersion=\"4\"/></nova:port></nova:ports>"
    fi
    if [[ $kind == volume ]]; then
        image='<nova:image uuid=""><nova:properties/></nova:image>'
        root='<nova:root type="volume" uuid="None"/>'
        specs='<nova:extraSpecs/>'
    fi
    cat <<END
  <metadata>
    <nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/$version">
      <nova:package version="32.0.0"/>
      <nova:name>$name</nova:name>
      <nova:creationTime>2025-10-01 12:00:00</nova:creationTime>
      <nova:flavor name="m1.tiny$mib"$id>
        <nova:memory>$mib</nova:memory>
        <nova:disk>1</nova:disk>
        <nova:swap>0</nova:swap>
        <nova:ephemeral>0</nova:ephemeral>
        <nova:vcpus>1</nova:vcpus>
        $specs
      </nova:flavor>
      $image
      <nova:owner>
        <nova:user uuid="1f0c6e5a3b7d4c2e9a8b7c6d5e4f3a2b">demo</nova:user>
        <nova:project uuid="5a9f1c3e7b2d4f6a8c0e2b4d6f8a0c1e">demo-project</nova:project>
      </nova:owner>
      $root
      $ports
    </nova:instance>
  </metadata>
END
}

disk_format() { # balloon, Nova metadata: of a guest's first disk
    case $1-$2 in bare-* | *-old | *-volume) echo raw ;; *) echo qcow2 ;; esac
}

# The images of a guest like disks but for the first, as a line each: target, bus, kind of device, format, size.
further_disks() {
    cat <<END
vdb virtio disk   raw   16777216
vdc virtio disk   qcow2 8388608
vdd virtio disk   raw   4194304
vde virtio disk   qcow2 16777216
vdf virtio disk   raw   16777216
sda sata   cdrom  raw   374784
fda fdc    floppy raw   1474560
END
}
further_disk_xml() { # libvirt's name
    local target bus device format size
    while read -r target bus device format size; do
        if [[ $target == vdf ]]; then
            echo "<disk type='network' device='$device'><driver name='qemu' type='$format'/>
              <source protocol='nbd' name='vdf'><host transport='unix' socket='$STATE/nbd/$1'/></source>"
        else
            echo "<disk type='file' device='$device'><driver name='qemu' type='$format'/>
              <source file='$STATE/disks/$1-$target.img'/>"
        fi
        echo "<target dev='$target' bus='$bus'/></disk>"
    done < <(further_disks)
}
make_further_disks() { # libvirt's name
    local target bus device format size path
    while read -r target bus device format size; do
        path=$STATE/disks/$1-$target.img
        case $target in
            vdb | vdf) truncate -s "$size" "$path" ;;
            vdc) qemu-img create -q -f qcow2 -o preallocation=falloc "$path" "$size" ;;
            vde)
                qemu-img create -q -f qcow2 "$STATE/disks/$1-base.img" "$size"
                qemu-img create -q -f qcow2 -b "$STATE/disks/$1-base.img" -F qcow2 "$path"
                ;;
            *) head -c "$size" /dev/zero | tr '\0' '\252' >"$path" ;;
        esac || die "could not make $path"
    done < <(further_disks)
    mkdir -p "$STATE/nbd"
    # It ends by itself should nobody end it.
    setsid timeout 7200 qemu-storage-daemon --blockdev "driver=file,node-name=vdf,filename=$STATE/disks/$1-vdf.img" \
        --nbd-server "addr.type=unix,addr.path=$STATE/nbd/$1" \
        --export "type=nbd,id=vdf,node-name=vdf,name=vdf,writable=on" --pidfile "$STATE/nbd/$1.pid" \
        </dev/null >"$STATE/log/nbd-$1.log" 2>&1 &
    local end=$(($(now) + 30))
    until [[ -S $STATE/nbd/$1 && -s $STATE/nbd/$1.pid ]]; do
        [[ $(now) -lt $end ]] || die "the NBD server of $1 did not come up: $(tail -n 1 "$STATE/log/nbd-$1.log")"
        sleep 0.1
    done
}
end_nbd() { # a PID file
    local pid
    pid=$(cat "$1" 2>/dev/null) || return 0
    tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qx "$1" || return 0
    kill "$pid" 2>/dev/null || true
    await_end 10 "$pid" || die "the NBD server $pid does not end"
}

domain_xml() { # the columns of a row
    local name=$1 n=$2 mib=$3 fill=$4 balloon=$5 nova=$6 device driver=1 id kernel further=
    id=$(instance_name "$n")
    [[ $fill != disks ]] || further=$(further_disk_xml "$id") fill=0
    case $balloon in
        stats) device="<memballoon model='virtio'><stats period='$PERIOD'/></memballoon>" ;;
        nodriver) device="<memballoon model='virtio'><stats period='$PERIOD'/></memballoon>" driver=0 ;;
        nostats) device="<memballoon model='virtio'/>" ;;
        none) device="<memballoon model='none'/>" ;;
        bare) device="<memballoon model='virtio'><stats period='$PERIOD'/></memballoon>" ;;
        *) die "no such balloon: $balloon" ;;
    esac
    kernel="<kernel>$CACHE/vmlinuz</kernel>
    <initrd>$CACHE/initrd.gz</initrd>
    <cmdline>console=ttyS0 quiet panic=-1 nokaslr mitigations=off tsc=reliable no_timer_check cryptomgr.notests maxcpus=1 i8042.noaux i8042.nokbd 8250.nr_uarts=1 guest.fill=$fill guest.balloon=$driver</cmdline>"
    [[ $balloon != bare ]] || kernel="<boot dev='hd'/>"
    cat <<END
<domain type='qemu'>
  <name>$id</name>
  <uuid>$(instance_uuid "$n")</uuid>
$(nova_metadata "$name" "$n" "$mib" "$nova")
  <memory unit='MiB'>$mib</memory>
  <currentMemory unit='MiB'>$mib</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    $kernel
  </os>
  <features><acpi/><apic/></features>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>$EMULATOR</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='$(disk_format "$balloon" "$nova")'/>
      <source file='$STATE/disks/$id.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    $further
    <interface type='user'>
      <mac address='$(printf 'fa:16:3e:00:%02x:%02x' $((n >> 8 & 255)) $((n & 255)))'/>
      <model type='virtio'/>
    </interface>
    <controller type='usb' model='none'/>
    <serial type='file'><source path='$STATE/console/$id.log'/><target port='0'/></serial>
    $device
  </devices>
</domain>
END
}

# ---- packages, kernel and initramfs ---------------------------------------------------------------------------------
fetch_kernel() {
    [[ -s $CACHE/vmlinuz && -s $CACHE/kernel-version && -s $CACHE/modules/order ]] && return 0
    local work package version module
    work=$(mktemp -d "$CACHE/kernel.XXXXXX")
    # The newest cloud kernel, unpacked and not installed. With old package lists its name or file may be out of date.
    newest_kernel() {
        apt-cache depends linux-image-cloud-amd64 2>/dev/null |
            sed -n 's/^ *Depends: \(linux-image-[0-9].*-cloud-amd64\)$/\1/p' | head -n 1
    }
    download() { (cd "$work" && timeout -k 5 300 apt-get -q download "$1" >>"$CACHE/apt.log" 2>&1); }
    package=$(newest_kernel)
    say "downloading ${package:-the kernel}"
    if [[ -z $package ]] || ! download "$package"; then
        timeout -k 5 300 apt-get -q update >>"$CACHE/apt.log" 2>&1 || die "apt-get update failed (see $CACHE/apt.log)"
        package=$(newest_kernel)
        [[ -n $package ]] || die "apt knows no linux-image-cloud-amd64 (is this Debian 12?)"
        download "$package" || die "apt-get could not download $package (see $CACHE/apt.log)"
    fi
    dpkg -x "$work"/linux-image-*.deb "$work/x" || die "could not unpack $package"
    version=$(ls "$work/x/lib/modules")
    depmod -b "$work/x" "$version"
    mkdir -p "$CACHE/modules"
    for module in "${MODULES[@]}"; do # each after those that it needs
        modprobe -d "$work/x" -S "$version" --show-depends "$module" || die "kernel $version has no module $module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/order"
    xargs -a "$work/order" cp -t "$CACHE/modules"
    cp "$work/x/boot/vmlinuz-$version" "$CACHE/vmlinuz"
    sed 's|.*/||' "$work/order" >"$CACHE/modules/order"
    echo "$version" >"$CACHE/kernel-version"
    rm -rf "$work"
}

build_initramfs() {
    local want root
    want=$(guest_init | cat - "$BUSYBOX" "$CACHE/kernel-version" | sha256sum | cut -d' ' -f1)
    [[ -s $CACHE/initrd.gz && -s $CACHE/initrd.sum && $(<"$CACHE/initrd.sum") == "$want" ]] && return 0
    root=$(mktemp -d "$CACHE/initrd.XXXXXX")
    mkdir -p "$root"/{bin,proc,sys,dev,fill,lib/modules}
    cp "$BUSYBOX" "$root/bin/busybox"
    cp "$CACHE"/modules/* "$root/lib/modules/"
    guest_init >"$root/init"
    chmod 755 "$root/init"
    (cd "$root" && find . | sort | cpio -o -H newc -R 0:0 --quiet | gzip -9n) >"$CACHE/initrd.gz"
    echo "$want" >"$CACHE/initrd.sum"
    rm -rf "$root"
}

# A guest's only program. Kernel command line: guest.fill=MiB fills a tmpfs with that much, guest.fill=busy keeps the
# processor busy for a part of the time, guest.balloon=0 leaves the balloon driver out. The filling comes before the driver, so that its first report has it.
guest_init() {
    sed "s/DISK_READ/$((DISK_READ / 65536))/; s/DISK_WRITTEN/$((DISK_WRITTEN / 65536))/" <<'END'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs devtmpfs /dev
fill=0 balloon=1
for a in $($b cat /proc/cmdline); do
    case $a in
        guest.fill=*) fill=${a#*=} ;;
        guest.balloon=*) balloon=${a#*=} ;;
    esac
done
if [ "$fill" = busy ]; then
    while :; do
        n=0
        while [ "$n" -lt 5000 ]; do n=$((n + 1)); done
        $b usleep 100000
    done &
elif [ "$fill" -gt 0 ]; then
    $b mount -t tmpfs -o size=100% tmpfs /fill
    $b dd if=/dev/zero of=/fill/f bs=1048576 count="$fill" 2>/dev/null || echo "GUEST could not fill $fill MiB"
fi
for m in $($b cat /lib/modules/order); do
    [ "$balloon" = 0 ] && [ "$m" = virtio_balloon.ko ] && continue
    $b insmod "/lib/modules/$m" || echo "GUEST could not load $m"
done
set_up_nic() { # its name
    i=${1#eth}
    net=192.0.2.$((16 * i + 2))
    $b ip addr show dev "$1" | $b grep -q "inet $net/" && return
    [ ! -e /proc/sys/net/ipv6 ] || echo 1 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6"
    $b ip link set "$1" up
    $b ip addr add "$net/28" dev "$1"
    $b arp -i "$1" -s "192.0.2.$((16 * i + 1))" "02:00:00:00:00:0$i"
    echo "GUEST nic $1"
}
used=
while :; do
    for n in /sys/class/net/eth[1-9]; do
        [ -e "$n" ] && set_up_nic "${n##*/}"
    done
    if [ ! -e /sys/block/vdb ]; then
        used=
    elif [ -z "$used" ]; then
        $b dd if=/dev/vdb of=/dev/null bs=65536 count=DISK_READ 2>/dev/null
        $b dd if=/dev/zero of=/dev/vdb bs=65536 count=DISK_WRITTEN conv=fsync 2>/dev/null
        used=1
    fi
    if [ -n "$used" ] && read -r reads x sectors x writes x written rest </sys/block/vdb/stat; then
        echo "GUEST disk vdb reads:$reads read:$((sectors * 512)) writes:$writes written:$((written * 512))"
    fi
    line=
    while read -r k v u; do
        case $k in
            MemTotal:|MemFree:|MemAvailable:|Buffers:|Cached:|SwapCached:) line="$line $k$v" ;;
        esac
    done </proc/meminfo
    read -r up rest </proc/uptime
    echo "GUEST meminfo$line uptime:$up"
    $b sleep 2
done
END
}

cmd_install() {
    need_root
    [[ $(uname -m) == x86_64 ]] || die "the guests need an amd64 machine, and this is $(uname -m)"
    mkdir -p "$CACHE"
    exec 9>"$CACHE/lock"
    flock -w 600 9 || die "another guests.sh has been preparing $CACHE for 10 minutes"
    PACKAGES_LOG=${PACKAGES_LOG:-$CACHE/apt.log} "${SELF%/*}/packages.sh" "${PACKAGES[@]}" ||
        die "could not install ${PACKAGES[*]} (see ${PACKAGES_LOG:-$CACHE/apt.log})"
    fetch_kernel
    build_initramfs
    exec 9>&-
    local program
    for program in libvirtd virsh "$EMULATOR" "$BUSYBOX" unshare setsid; do
        command -v "$program" >/dev/null || die "$program is missing after the installation"
    done
}

need_root() { [[ $(id -u) == 0 ]] || die "must run as root"; }
check_settings() {
    [[ $STATE == /* && $CACHE == /* ]] || die "GUESTS_STATE and GUESTS_CACHE must be absolute paths"
    [[ $STATE$CACHE =~ ^[A-Za-z0-9/._+-]+$ ]] ||
        die "GUESTS_STATE and GUESTS_CACHE may have letters, digits and /._+- only: $STATE $CACHE"
    [[ ${#SOCKET} -le 90 ]] || die "GUESTS_STATE is too long for a unix socket: $STATE"
    [[ $PERIOD =~ ^[1-9][0-9]*$ ]] || die "GUESTS_PERIOD must be a number of seconds"
    [[ $TIMEOUT =~ ^[1-9][0-9]*$ ]] || die "GUESTS_TIMEOUT must be a number of seconds"
}

# ---- the daemon -----------------------------------------------------------------------------------------------------
# A stopped libvirtd or QEMU blocks its callers for ever, so no call goes without a limit.
v() { timeout -k 2 "${LIMIT:-30}" virsh -q -c "$URI" "$@"; }

gone() { # PID: it has ended, even if its parent has not collected it yet
    [[ ! -d /proc/$1 ]] || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}
await_end() { # seconds PID
    local end=$(($(now) + $1))
    until gone "$2"; do
        [[ $(now) -lt $end ]] || return 1
        sleep 0.05
    done
}

# PIDs are used again, so a PID file alone is no proof: a process of ours sees our directory as /run/libvirt.
is_ours() { # PID program
    [[ -n $1 && $(readlink "/proc/$1/exe" 2>/dev/null) == *"/$2"* && /proc/$1/root/run/libvirt -ef $STATE/run ]]
}
daemon_pid() { # the PID, if it is ours and alive
    local pid
    pid=$(cat "$STATE/run/libvirtd.pid" 2>/dev/null) || return 1
    is_ours "$pid" libvirtd || return 1
    echo "$pid"
}

prepare_state() {
    mkdir -p "$STATE"
    [[ -e $MARK || -z $(ls -A "$STATE") ]] || die "$STATE exists, is not empty and is not ours"
    chmod 755 "$STATE"
    : >"$MARK"
    mkdir -p "$STATE"/{etc,run,lib,cache,log,disks,console,xml}
    : >"$STATE/guests"
    echo "$URI" >"$STATE/uri"
    # libvirtd looks its user up before it reads its configuration, so it gets lists that know one.
    local file
    for file in passwd group; do cp "/etc/$file" "$STATE/$file"; done
    getent passwd libvirt-qemu >/dev/null ||
        echo 'libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin' >>"$STATE/passwd"
    getent group libvirt-qemu >/dev/null || echo 'libvirt-qemu:x:64055:' >>"$STATE/group"
    printf '%s\n' 'auth_unix_ro = "none"' 'auth_unix_rw = "none"' 'log_outputs = "3:stderr"' >"$STATE/etc/libvirtd.conf"
    # QEMU as root and unconfined: AppArmor, cgroups, virtlogd and systemd may be absent here.
    cat >"$STATE/etc/qemu.conf" <<'END'
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
END
}

# Runs in the new namespaces: lays our directories over libvirt's and becomes libvirtd. Without IPv6 the host's side of a
# NIC sends nothing that nobody asked for.
in_namespace() {
    local pair
    [[ ! -e /proc/sys/net/ipv6 ]] || echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
    for pair in passwd:/etc/passwd group:/etc/group etc:/etc/libvirt run:/run/libvirt lib:/var/lib/libvirt \
        cache:/var/cache/libvirt log:/var/log/libvirt; do
        mount --bind "$STATE/${pair%%:*}" "${pair#*:}"
    done
    unset XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_CACHE_HOME LIBVIRT_DEFAULT_URI NOTIFY_SOCKET LISTEN_FDS
    [[ -z ${GUESTS_PRELOAD:-} ]] || export LD_PRELOAD=$GUESTS_PRELOAD
    exec libvirtd -f /etc/libvirt/libvirtd.conf -p /run/libvirt/libvirtd.pid
}

cmd_daemon_start() {
    need_root
    [[ -e $MARK ]] || die "not up in $STATE"
    local directory end
    daemon_pid >/dev/null && { say "libvirtd is already running"; return 0; }
    unshare --mount --net --propagation private -- true 2>/dev/null ||
        die "no namespaces can be made here (a container without CAP_SYS_ADMIN?)"
    for directory in /etc/libvirt /run/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do
        [[ -d $directory ]] || { mkdir -p "$directory"; echo "$directory" >>"$STATE/made-dirs"; }
    done
    rm -f "$STATE/run/libvirtd.pid"
    setsid unshare --mount --net --propagation private -- bash "$SELF" __in-namespace \
        </dev/null >>"$STATE/log/libvirtd.log" 2>&1 &
    end=$(($(now) + 30))
    until daemon_pid >/dev/null && LIMIT=5 v connect >/dev/null 2>&1; do
        [[ $(now) -lt $end ]] ||
            die "libvirtd did not come up in 30 s; $STATE/log/libvirtd.log ends: $(tail -n 1 "$STATE/log/libvirtd.log")"
        sleep 0.1
    done
}

cmd_daemon_stop() { # signal
    local pid
    pid=$(daemon_pid) || { say "libvirtd is not running"; return 0; }
    kill -CONT "$pid" 2>/dev/null || true
    kill -"$1" "$pid" 2>/dev/null || true
    await_end 20 "$pid" && return 0
    kill -KILL "$pid" 2>/dev/null || true
    await_end 5 "$pid" || die "libvirtd ($pid) does not end"
}
signal_daemon() {
    local pid
    pid=$(daemon_pid) || die "libvirtd is not running"
    kill -"$1" "$pid"
}

# ---- guests ---------------------------------------------------------------------------------------------------------
qemu_pid() { # number; only ever a QEMU process of ours
    local file pid
    # By UUID, as a test may have renamed it.
    for file in "$STATE"/run/qemu/*.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        is_ours "$pid" qemu-system || continue
        tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qx "$(instance_uuid "$1")" || continue
        echo "$pid"
        return 0
    done
    return 1
}
signal_guest() { # signal NAME
    local n pid
    n=$(number_of "$2")
    pid=$(qemu_pid "$n") || die "$2 has no QEMU process"
    kill -"$1" "$pid"
}

add_guest() { # the columns of a row
    local id
    id=$(instance_name "$2")
    qemu-img create -q -f "$(disk_format "$5" "$6")" "$STATE/disks/$id.img" 16M || die "could not make a disk of $1"
    [[ $4 != disks ]] || make_further_disks "$id"
    domain_xml "$@" >"$STATE/xml/$id.xml"
    [[ $7 == transient ]] || v define "$STATE/xml/$id.xml" >/dev/null || die "could not define $1"
}

boot_guest() { # NAME number state
    local id
    id=$(instance_name "$2")
    rm -f "$STATE/console/$id.log"
    if [[ $3 == transient ]]; then
        v create "$STATE/xml/$id.xml" >/dev/null || die "could not create $1"
    else
        v start "$(instance_uuid "$2")" >/dev/null || die "could not start $1"
    fi
}

is_ready() { # number balloon: has it shown all that it is going to show?
    local id
    [[ $2 != bare ]] || return 0
    id=$(instance_name "$1")
    grep -aqs '^GUEST meminfo' "$STATE/console/$id.log" || return 1
    [[ $2 != stats ]] || LIMIT=5 v dommemstat "$(instance_uuid "$1")" 2>/dev/null | grep -q '^usable '
}

wait_ready() { # deadline; rows on standard input
    local pending rest line n balloon
    mapfile -t pending
    while [[ ${#pending[@]} -gt 0 ]]; do
        rest=()
        for line in "${pending[@]}"; do
            read -r _ n _ _ balloon _ <<<"$line"
            is_ready "$n" "$balloon" || rest+=("$line")
        done
        pending=("${rest[@]}")
        [[ ${#pending[@]} -gt 0 ]] || return 0
        [[ $(now) -lt $1 ]] || die "not ready in time (see $STATE/console and $STATE/log): ${pending[*]%% *}"
        sleep 0.3
    done
}

cmd_up() {
    local count=0 bare=0 only='' rows need free end started name n mib fill balloon nova state
    while [[ $# -gt 0 ]]; do
        case $1 in
            --only) only=${2:-}; [[ -n $only ]] || usage; shift ;;
            --bare) bare=${2:-}; shift ;;
            *) count=$1 ;;
        esac
        shift
    done
    [[ $count =~ ^[0-9]+$ && $count -le 200 ]] || die "up takes a number of plain guests, at most 200"
    [[ $bare =~ ^[0-9]+$ && $bare -le 1000 ]] || die "--bare takes a number of guests, at most 1000"
    for name in ${only//,/ }; do cases | grep -q "^$name " || die "no guest is called '$name'"; done
    need_root
    rows=$(chosen "$count" "$only" "$bare")
    need=$(awk -v each="$OVERHEAD" '$7 != "shutoff" { sum += $3 + each } END { print sum + 0 }' <<<"$rows")
    free=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
    [[ $free -ge $need ]] || die "these guests need $need MiB of memory, and $free MiB are free"
    cmd_install
    daemon_pid >/dev/null && die "already up in $STATE; call down first"
    started=$(now)
    end=$((started + TIMEOUT))
    prepare_state
    cmd_daemon_start
    echo "$rows" >"$STATE/guests"
    while read -r name n mib fill balloon nova state; do
        [[ $(now) -lt $end ]] || die "starting the guests took over $TIMEOUT s"
        add_guest "$name" "$n" "$mib" "$fill" "$balloon" "$nova" "$state"
        [[ $state == shutoff ]] || boot_guest "$name" "$n" "$state"
    done <<<"$rows"
    awk '$7 != "shutoff"' <<<"$rows" | wait_ready "$end"
    while read -r name n _ _ _ _ state; do
        [[ $state != paused ]] || v suspend "$(instance_name "$n")" >/dev/null || die "could not pause $name"
    done <<<"$rows"
    say "$(wc -l <<<"$rows") guests in $(($(now) - started)) s"
    echo "$URI"
}

cmd_start() { # NAME
    local line name n state end
    line=$(row "$1")
    read -r name n _ _ _ _ state <<<"$line"
    # libvirtd may not have noticed yet that a killed QEMU is gone.
    end=$(($(now) + 15))
    while ! qemu_pid "$n" >/dev/null && LIMIT=5 v domid "$(instance_uuid "$n")" 2>/dev/null | grep -q '[0-9]'; do
        [[ $(now) -lt $end ]] || die "libvirtd believes that $1 runs, and its QEMU process is gone"
        sleep 0.1
    done
    boot_guest "$name" "$n" "$state"
    wait_ready $(($(now) + TIMEOUT)) <<<"$line"
}

cmd_define() { # NAME LIKE
    [[ $1 =~ ^[a-z][a-z0-9-]*$ ]] || die "a guest's name has lower-case letters, digits and hyphens: '$1'"
    [[ -e $STATE/guests ]] || die "not up in $STATE"
    ! grep -q "^$1 " "$STATE/guests" || die "$1 exists already"
    local like n mib fill balloon nova
    like=$({ cases; spares; } | grep "^$2 ") || die "no guest is called '$2'"
    read -r _ _ mib fill balloon nova _ <<<"$like"
    exec 8>"$STATE/define.lock"
    flock -w 30 8 || die "another define does not end"
    n=$(awk '$2 >= last { last = $2 + 1 } BEGIN { last = 512 } END { print last }' "$STATE/guests")
    echo "$1 $n $mib $fill $balloon $nova shutoff" >>"$STATE/guests"
    exec 8>&-
    add_guest "$1" "$n" "$mib" "$fill" "$balloon" "$nova" shutoff
}

cmd_undefine() { # NAME
    local n id pid
    n=$(number_of "$1")
    id=$(instance_name "$n")
    if pid=$(qemu_pid "$n"); then
        v destroy "$(instance_uuid "$n")" >/dev/null || die "could not end $1"
        await_end 15 "$pid" || die "the QEMU process of $1 ($pid) does not end"
    fi
    # A test may have renamed it, so by UUID. A transient guest is not defined.
    ! v dominfo "$(instance_uuid "$n")" >/dev/null 2>&1 || v undefine "$(instance_uuid "$n")" >/dev/null ||
        die "could not undefine $1"
    exec 8>"$STATE/define.lock"
    flock -w 30 8 || die "another define does not end"
    awk -v n="$n" '$2 != n' "$STATE/guests" >"$STATE/guests.new"
    mv "$STATE/guests.new" "$STATE/guests"
    exec 8>&-
    end_nbd "$STATE/nbd/$id.pid"
    rm -f "$STATE/xml/$id.xml" "$STATE/disks/$id"{,-*}.img "$STATE/console/$id.log" "$STATE/nbd/$id"{,.pid}
}

cmd_meminfo() { # NAME lines
    local n
    n=$(number_of "$1")
    tr -d '\r' <"$STATE/console/$(instance_name "$n").log" | sed -n 's/^GUEST meminfo //p' | grep -a 'uptime:.*\.' |
        tail -n "$2"
}

cmd_devices() { # NAME
    local n
    n=$(number_of "$1")
    # Whole lines: the last may be half written.
    sed -n 's/^GUEST \(disk\|nic\) \(.*\)\r$/\1 \2/p' "$STATE/console/$(instance_name "$n").log" |
        awk '$1 == "disk" { disk = $0; next } { print } END { if (disk != "") print disk }'
}

cmd_net() { # command
    local pid
    pid=$(daemon_pid) || die "libvirtd is not running"
    exec timeout -k 2 "${LIMIT:-60}" nsenter --target "$pid" --net -- "$@"
}

cmd_status() {
    [[ -s $STATE/guests ]] || { echo "down"; return 0; }
    local pid name n balloon nova real stats LIMIT=5
    if pid=$(daemon_pid); then echo "libvirtd $pid, $URI"; else echo "libvirtd is not running"; fi
    while read -r name n _ _ balloon nova _; do
        real=$(v domstate "$(instance_uuid "$n")" 2>/dev/null) || real=unknown
        stats=$(v dommemstat "$(instance_uuid "$n")" 2>/dev/null | tr ' \n' '= ') || stats=
        echo "$name $(instance_name "$n") $(instance_uuid "$n") balloon=$balloon nova=$nova state='$real' $stats"
    done <"$STATE/guests"
}

cmd_down() {
    need_root
    [[ -e $STATE ]] || return 0
    [[ -e $MARK ]] || die "$STATE is not ours"
    local directory pid file pids=()
    # The daemon first, so that it does not watch its guests die one by one; and at once, as a clean end waits for calls
    # that a hung guest may be blocking.
    cmd_daemon_stop KILL 2>/dev/null
    # By the PID files, so that a guest that a test renamed or made by itself ends too.
    for file in "$STATE"/run/qemu/*.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        is_ours "$pid" qemu-system || continue
        kill -KILL "$pid" 2>/dev/null || true
        pids+=("$pid")
    done
    for pid in "${pids[@]}"; do await_end 15 "$pid" || die "QEMU process $pid does not end"; done
    for file in "$STATE"/nbd/*.pid; do end_nbd "$file"; done
    # The mount points that we made, unless they are in use by another guests.sh: removing would unmount.
    if [[ -e $STATE/made-dirs ]]; then
        while read -r directory; do
            grep -qs " $directory " /proc/[0-9]*/mountinfo || rmdir "$directory" 2>/dev/null || true
        done <"$STATE/made-dirs"
    fi
    rm -rf "$STATE"
}

# ---- commands -------------------------------------------------------------------------------------------------------
[[ $# -gt 0 ]] || usage
command=$1
shift
case $command in
    name | uuid | pid | meminfo | devices | net | define | undefine | start | stop | suspend | resume | hang | unhang | kill)
        [[ -n ${1:-} ]] || { echo "guests.sh: $command takes the name of a guest" >&2; exit 2; } ;;
esac
check_settings
on_guest() { # virsh's command, NAME
    local n
    n=$(number_of "$2")
    v "$1" "$(instance_uuid "$n")" >/dev/null || die "could not $1 $2"
}
case $command in
    install) cmd_install ;;
    up) cmd_up "$@" ;;
    down) cmd_down ;;
    status) cmd_status ;;
    uri) echo "$URI" ;;
    name) n=$(number_of "$1"); instance_name "$n"; echo ;;
    uuid) n=$(number_of "$1"); instance_uuid "$n"; echo ;;
    pid) n=$(number_of "$1"); qemu_pid "$n" || die "$1 has no QEMU process" ;;
    meminfo) cmd_meminfo "$1" "${2:-1}" ;;
    devices) cmd_devices "$1" ;;
    net) cmd_net "$@" ;;
    virsh) exec timeout -k 2 "${LIMIT:-60}" virsh -c "$URI" "$@" ;;
    define) cmd_define "$1" "${2:-idle}" ;;
    undefine) cmd_undefine "$1" ;;
    start) cmd_start "$1" ;;
    stop) on_guest destroy "$1" ;;
    suspend) on_guest suspend "$1" ;;
    resume) on_guest resume "$1" ;;
    hang) signal_guest STOP "$1" ;;
    unhang) signal_guest CONT "$1" ;;
    kill) signal_guest KILL "$1" ;;
    daemon-start) cmd_daemon_start ;;
    daemon-stop) cmd_daemon_stop "${1:-TERM}" ;;
    daemon-hang) signal_daemon STOP ;;
    daemon-unhang) signal_daemon CONT ;;
    __in-namespace) in_namespace ;;
    *) usage ;;
esac
