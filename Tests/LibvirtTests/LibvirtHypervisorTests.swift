import Hypervisor
import Logging
import Telemetry
import Testing

@testable import Libvirt

/// Against libvirt's own test driver, and against what is not there.
@Suite struct LibvirtHypervisorTests {
    private func hypervisor(_ uri: String) -> LibvirtHypervisor {
        LibvirtHypervisor(
            uri: uri, shown: uri, deadline: .seconds(20), resyncInterval: .seconds(600),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { Timestamp(seconds: 1) })
    }

    @Test func theTestDriversDomain() async throws {
        let hypervisor = hypervisor("test:///default")
        let first = try await hypervisor.read(.state)
        let domain = try #require(first.domains.first)
        #expect(domain.domain.name == "test")
        #expect(domain.stats.state == 1)
        #expect(domain.domain.xml?.contains("<domain") ?? false)
        let second = try await hypervisor.read(.state)
        #expect(second.calls == 1)
        #expect(second.domains.first?.domain === domain.domain)
        await hypervisor.close()
    }

    @Test(arguments: ["qemu+unix:///system?socket=/nonexistent/socket", "nonsense://x", "%"])
    func whatCannotBeReachedIsAnErrorWithTheURI(uri: String) async {
        do {
            _ = try await hypervisor(uri).read(.state)
            Issue.record("it was read")
        } catch {
            #expect(error.code == .unreachable)
            #expect(error.description.contains(uri))
            #expect(error.description.contains("virConnectOpenReadOnly"))
        }
    }
}

/// Where libvirt's words hide what to do, the error says it.
@Suite struct LibvirtErrorTests {
    @Test(arguments: [("user", "uid", "42435", "passwd"), ("group", "gid", "0", "group")])
    func aDaemonThatDoesNotKnowItsClient(record: String, kind: String, number: String, file: String) {
        let error = LibvirtError(
            call: "virConnectOpenReadOnly", domain: nil, code: 38, origin: 0,
            message: "Failed to find \(record) record for \(kind) '\(number)': No such process")
        let text = error.description
        #expect(text.contains("(error 38/0); libvirtd does not know \(kind) \(number)"))
        #expect(text.contains("/etc/\(file)") && text.contains("container"))
        let other = LibvirtError(call: "c", domain: nil, code: 38, origin: 7, message: "Cannot recv data")
        #expect(other.description == "c failed: Cannot recv data (error 38/7)")
    }
}
