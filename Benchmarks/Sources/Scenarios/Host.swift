import Hypervisor
import Telemetry

/// A host of so many ordinary instances, each with Nova's metadata, one disk and one NIC: the same in every run. Its
/// figures grow with each cycle.
struct Host: Sendable {
    /// When the first cycle was.
    static let start = Timestamp(microseconds: 1_795_370_400_072_568)
    /// Between two cycles.
    static let interval = 60

    let domains: [Domain]

    init(instances: Int) {
        domains = (1...instances).map { number in
            Domain(
                uuid: Self.uuid(number), name: Self.name(number), id: number, xml: Self.description(number))
        }
    }

    /// When a cycle was.
    static func time(of cycle: Int) -> Timestamp {
        Timestamp(microseconds: start.microseconds + Int64(cycle * interval) * 1_000_000)
    }

    /// What a poll yields in a cycle.
    func reading(_ cycle: Int) -> Reading {
        Reading(
            at: Self.time(of: cycle), host: "compute-17.example.org",
            domains: domains.enumerated().map { index, domain in
                DomainReading(domain: domain, stats: BulkParameters(instance: index + 1, cycle: cycle).stats)
            }, calls: 1)
    }

    /// The domains as objects that nobody has seen yet.
    var anew: Host {
        Host(domains.map { Domain(uuid: $0.uuid, name: $0.name, id: $0.id, xml: $0.xml ?? "") })
    }

    private init(_ domains: [Domain]) { self.domains = domains }
}

extension Host {
    private static func hexadecimal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }

    private static func uuid(_ number: Int) -> String { "6e7d0001-0000-4000-8000-\(hexadecimal(number, digits: 12))" }

    private static func name(_ number: Int) -> String { "instance-\(hexadecimal(number, digits: 8))" }

    /// The NIC's device.
    static func tap(_ number: Int) -> String { "tap\(hexadecimal(number, digits: 8))-00" }

    private static func description(_ number: Int) -> String {
        """
        <domain type='kvm' id='\(number)'>
          <name>\(name(number))</name>
          <uuid>\(uuid(number))</uuid>
          <metadata>
            <nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1">
              <nova:package version="32.0.0"/>
              <nova:name>web-\(number)</nova:name>
              <nova:creationTime>2026-11-20 09:30:00</nova:creationTime>
              <nova:flavor name="m1.small" id="2">
                <nova:memory>2048</nova:memory>
                <nova:disk>20</nova:disk>
                <nova:swap>0</nova:swap>
                <nova:ephemeral>0</nova:ephemeral>
                <nova:vcpus>2</nova:vcpus>
                <nova:extraSpecs>
                  <nova:extraSpec name="hw_rng:allowed">True</nova:extraSpec>
                </nova:extraSpecs>
              </nova:flavor>
              <nova:image uuid="70a599e0-31e7-49b7-b260-868f441e862b">
                <nova:containerFormat>bare</nova:containerFormat>
                <nova:diskFormat>qcow2</nova:diskFormat>
                <nova:minDisk>20</nova:minDisk>
                <nova:minRam>0</nova:minRam>
                <nova:properties>
                  <nova:property name="os_distro">debian</nova:property>
                </nova:properties>
              </nova:image>
              <nova:owner>
                <nova:user uuid="1f0c6e5a3b7d4c2e9a8b7c6d5e4f3a2b">demo</nova:user>
                <nova:project uuid="5a9f1c3e7b2d4f6a8c0e2b4d6f8a0c1e">demo-project</nova:project>
              </nova:owner>
              <nova:root type="image" uuid="70a599e0-31e7-49b7-b260-868f441e862b"/>
              <nova:ports>
                <nova:port uuid="b0000000-0000-4000-8000-\(hexadecimal(number, digits: 12))">
                  <nova:ip type="fixed" address="10.0.\(number / 250).\(number % 250 + 1)" ipVersion="4"/>
                </nova:port>
              </nova:ports>
            </nova:instance>
          </metadata>
          <memory unit='KiB'>2097152</memory>
          <currentMemory unit='KiB'>2097152</currentMemory>
          <vcpu placement='static'>2</vcpu>
          <os>
            <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
            <boot dev='hd'/>
          </os>
          <features><acpi/><apic/></features>
          <cpu mode='host-model' check='partial'/>
          <clock offset='utc'><timer name='pit' tickpolicy='delay'/><timer name='hpet' present='no'/></clock>
          <on_poweroff>destroy</on_poweroff>
          <devices>
            <emulator>/usr/bin/qemu-system-x86_64</emulator>
            <disk type='file' device='disk'>
              <driver name='qemu' type='qcow2' cache='none'/>
              <source file='/var/lib/nova/instances/\(uuid(number))/disk'/>
              <target dev='vda' bus='virtio'/>
              <alias name='virtio-disk0'/>
            </disk>
            <controller type='usb' index='0' model='qemu-xhci'/>
            <controller type='pci' index='0' model='pcie-root'/>
            <interface type='bridge'>
              <mac address='fa:16:3e:00:\(hexadecimal(number / 256, digits: 2)):\(hexadecimal(number % 256, digits: 2))'/>
              <source bridge='br-int'/>
              <virtualport type='openvswitch'>
                <parameters interfaceid='b0000000-0000-4000-8000-\(hexadecimal(number, digits: 12))'/>
              </virtualport>
              <target dev='\(tap(number))'/>
              <model type='virtio'/>
              <alias name='net0'/>
            </interface>
            <serial type='pty'><target port='0'/></serial>
            <console type='pty'><target type='serial' port='0'/></console>
            <input type='keyboard' bus='ps2'/>
            <memballoon model='virtio'>
              <stats period='10'/>
              <alias name='balloon0'/>
            </memballoon>
            <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
          </devices>
        </domain>
        """
    }
}
