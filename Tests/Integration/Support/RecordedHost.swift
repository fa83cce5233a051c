import Foundation

/// A recording of running domains, as a file that `--replay` polls: a host for those tests that need no guests.
struct RecordedHost {
    /// Each domain's UUID and flavor; all are called `libvirt-N` by the Nova of their metadata.
    let domains: [(uuid: String, flavor: String)]
    let user: String
    let project: String

    /// Writes the recording, one poll that is repeated, and gives its path.
    func write(to folder: TemporaryFolder, host: String) throws -> String {
        let objects: [[String: Any]] = domains.enumerated().map { index, domain in
            [
                "uuid": domain.uuid, "name": "instance-\(index)", "id": index + 1,
                "xml": xml(index, domain.flavor),
                "stats": ["state.state": 1, "vcpu.current": 1, "vcpu.maximum": 1, "cpu.time": 1000 + index],
            ]
        }
        let recording: [String: Any] = [
            "format": "libvirt-recording", "version": 1, "host": host, "cycles": [["domains": objects]],
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: recording), as: UTF8.self)
        try folder.write("recording.json", text)
        return folder.path("recording.json")
    }

    /// As Nova before 2025.2 wrote it: a flavor without an id.
    private func xml(_ index: Int, _ flavor: String) -> String {
        """
        <domain type='kvm'><name>instance-\(index)</name><metadata>\
        <nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'><nova:name>libvirt-\(index)</nova:name>\
        <nova:flavor name='\(flavor)'><nova:memory>512</nova:memory><nova:disk>1</nova:disk></nova:flavor>\
        <nova:owner><nova:user uuid='\(user)'/><nova:project uuid='\(project)'/></nova:owner></nova:instance>\
        </metadata><os><type arch='x86_64'>hvm</type></os><devices/></domain>
        """
    }
}
