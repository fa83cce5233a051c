import Compute
import Hypervisor
import Telemetry
import Testing

/// Why a guest's memory figures are missing, in words that are right for that guest and can be followed.
@Suite struct BalloonReasonTests {
    private static let windows = "<features><hyperv mode='custom'/></features><clock offset='localtime'/>"

    private static func properties(_ properties: String) -> String {
        DomainXML.nova.replacing(
            "</nova:instance>",
            with: "<nova:image uuid='i'><nova:properties>\(properties)</nova:properties></nova:image></nova:instance>")
    }

    private func explanation(_ domain: Domain, _ values: [String: StatisticValue]) -> String? {
        let cycle = poll(domain, values, rules: { $0.libvirtURI = "qemu:///system" })
        let report = cycle.instances.first
        return report?.missing.first { $0.meter == "memory.usage" }.flatMap { report?.explanation(of: $0) }
    }

    private func values(_ change: (inout [String: StatisticValue]) -> Void) -> [String: StatisticValue] {
        var values = healthy
        change(&values)
        return values
    }

    @Test(arguments: [
        (DomainXML.nova, windows, true),
        (DomainXML.nova, "<features><hyperv/></features><clock offset='utc'/>", false),
        (DomainXML.nova, "<clock offset='localtime'/>", false),
        (properties("<nova:property name='os_type'>windows</nova:property>"), "", true),
        (properties("<nova:property name='os_distro'>win2k22</nova:property>"), "", true),
        // What the image says counts more than what the domain looks like.
        (properties("<nova:property name='os_type'>linux</nova:property>"), windows, false),
        (properties("<nova:property name='hw_disk_bus'>virtio</nova:property>"), windows, true),
    ])
    func windowsIsRecognised(nova: String, head: String, isWindows: Bool) throws {
        let silent = values {
            $0["balloon.last-update"] = .integer(0)
            $0["balloon.available"] = nil
        }
        let text = try #require(explanation(DomainXML.domain(nova: nova, head: head), silent))
        #expect((text.contains("VirtIO") && text.contains("BLNSVR")) == isWindows, "\(text)")
    }

    @Test func libosinfoTellsOfUnmanagedDomains() throws {
        let domain = DomainXML.domain(
            nova: "<libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
                + "<libosinfo:os id='http://microsoft.com/win/11'/></libosinfo:libosinfo>", balloon: "")
        let cycle = poll(
            domain, healthy.filter { $0.key != "balloon.available" },
            rules: { $0.unmanagedOwner = UnmanagedOwner(projectID: nil, userID: nil) })
        let report = try #require(cycle.instances.first)
        let missing = try #require(report.missing.first { $0.meter == "memory.usage" })
        let text = report.explanation(of: missing)
        #expect(text.contains("BLNSVR") && text.contains("<stats period='10'/>") && !text.contains("nova.conf"))
    }

    /// Every reason about the balloon of a Windows guest names the driver and the service.
    @Test func everyReasonOfWindowsNamesDriverAndService() throws {
        let old = values { $0["balloon.last-update"] = .integer(900_000) }
        let never = values {
            $0["balloon.last-update"] = .integer(0)
            $0["balloon.available"] = nil
        }
        let partial = values { $0["balloon.available"] = nil }
        let plain = "<memballoon model='virtio'/>"
        let cases: [(String, Domain, [String: StatisticValue])] = [
            ("never reported", DomainXML.domain(head: Self.windows), never),
            ("has not reported for", DomainXML.domain(head: Self.windows), old),
            ("nobody asks", DomainXML.domain(balloon: plain, head: Self.windows), old),
            ("does not report", DomainXML.domain(head: Self.windows), partial),
            ("no balloon device", DomainXML.domain(balloon: "<memballoon model='none'/>", head: Self.windows), partial),
        ]
        for (part, domain, values) in cases {
            let text = try #require(explanation(domain, values))
            #expect(text.contains(part) && text.contains("VirtIO") && text.contains("BLNSVR"), "\(text)")
        }
    }

    /// Both forms that `mem_stats_period_seconds` of 0 or less has had in Nova.
    @Test func novasPeriodOfNothingIsRecognised() throws {
        let old = values { $0["balloon.last-update"] = .integer(900_000) }
        let before = try #require(explanation(DomainXML.domain(balloon: "<memballoon model='virtio'/>"), old))
        let since = try #require(
            explanation(
                DomainXML.domain(balloon: "<memballoon model='none'/>"),
                values {
                    $0["balloon.last-update"] = nil
                    $0["balloon.available"] = nil
                }))
        for text in [before, since] {
            #expect(text.contains("mem_stats_period_seconds"), "\(text)")
            #expect(text.contains("0 or less"), "\(text)")
            #expect(text.contains("nova.conf") && text.contains("hard-reboot"), "\(text)")
        }
    }

    /// virsh takes a number for the id of whatever domain has it, and a hyphen for an option.
    @Test(arguments: ["7", "-h", "a\nb", "a\u{9B}b"]) func aNameThatVirshWouldMistakeIsTheUUID(name: String) throws {
        let text = try #require(
            explanation(
                DomainXML.domain(balloon: "<memballoon model='virtio'/>", name: name),
                values { $0["balloon.last-update"] = .integer(900_000) }))
        #expect(text.contains(" dommemstat \(DomainXML.uuid) --period 10 --live"), "\(text)")
    }

    @Test func aRemedyCanBePasted() throws {
        let old = values { $0["balloon.last-update"] = .integer(900_000) }
        let plain = "<memballoon model='virtio'/>"
        let text = try #require(explanation(DomainXML.domain(balloon: plain, name: "instance-0000000a"), old))
        #expect(text.contains("virsh -c qemu:///system dommemstat instance-0000000a --period 10 --live"), "\(text)")
        let odd = poll(
            DomainXML.domain(balloon: plain, name: "it's mine"), old,
            rules: { $0.libvirtURI = "qemu+unix:///system?socket=/run/x" })
        let report = try #require(odd.instances.first)
        let missing = try #require(report.missing.first { $0.meter == "memory.usage" })
        #expect(
            report.explanation(of: missing).contains(
                "virsh -c 'qemu+unix:///system?socket=/run/x' dommemstat 'it'\\''s mine' --period 10 --live"))
    }
}
