import Foundation
import Telemetry
import TestServers
import Testing

@testable import Nova

@Suite struct NovaServerTests {
    private func server(_ text: String) throws -> NovaServer {
        try NovaServer(MetadataValue(json: Array(text.utf8)), place: "1")
    }

    private static let least = #""id": "i", "user_id": "u", "tenant_id": "t", "hostId": "h", "status": "ACTIVE""#

    @Test func readsWhatNovaAnswered() throws {
        let answer = try MetadataValue(json: Array(LoopbackCloud.fixture("server").utf8))
        let server = try NovaServer(#require(answer["server"]), place: "1")
        #expect(server.id == Recorded.first && server.name == "vm-compute-1-0")
        #expect(server.userID == "a7c1e2d4f5b64c7d8e9f0a1b2c3d0001")
        #expect(server.tenantID == "b1f3a0c9d3e94b8e9f0f6f0a2f7f0001")
        #expect(server.hostID == "301f3dc11dcd0715da677da9861eb612c509f76e2ee45dc1a1cf29d5")
        #expect(server.host == .string("compute-1") && server.instanceName == .string("instance-00000001"))
        #expect(server.status == "ACTIVE" && server.vmState == .string("active") && server.taskState == .null)
        #expect(server.flavorID == "1" && server.flavorName == nil && server.flavorSizes == nil)
        #expect(server.imageID == "0f0e0d0c-0b0a-4908-8706-050403020100")
        #expect(server.imageURL?.hasSuffix("/images/0f0e0d0c-0b0a-4908-8706-050403020100") == true)
        #expect(server.properties == [.init("OS-EXT-AZ:availability_zone", .string("nova"))])
        #expect(
            server.metadata == [
                .init("metering.server_group", .string("sg-0")), .init("team", .string("telemetry")),
            ])
    }

    @Test func whatIsMissingIsAnEmptyTextAsInCeilometer() throws {
        let server = try server("{\(Self.least), \"flavor\": {\"id\": \"f\"}, \"OS-EXT-STS:vm_state\": null}")
        #expect(server.host == .string("") && server.taskState == .string("") && server.vmState == .null)
        #expect(server.name == nil && server.image == .null && server.metadata.isEmpty)
    }

    @Test(arguments: [
        ("{}", "server 1: expected an id"), ("7", "server 1: expected an id"),
        (#"{"id": "i"}"#, "server i: expected text in user_id"),
        (#"{"id": "i", "user_id": 7}"#, "server i: expected text in user_id"),
        ("{\(least)}", "server i: expected a flavor with an id"),
        ("{\(least), \"flavor\": {\"original_name\": \"x\"}}", "server i: expected a flavor with an id"),
    ])
    func saysWhatIsWrong(text: String, told: String) throws {
        do {
            _ = try server(text)
            Issue.record("expected an error")
        } catch let error as MalformedServer {
            #expect("\(error)" == told)
        }
    }

    @Test(arguments: [
        ("ACTIVE", "active", false), ("DELETED", "active", true), ("SOFT_DELETED", "soft-delete", false),
        ("ERROR", "error", true), ("DELETED", "deleted", true), ("SHUTOFF", "stopped", false),
    ])
    func leavesWhenItIsDeletedOrInError(status: String, state: String, isGone: Bool) throws {
        let text = "{\(Self.least), \"flavor\": {\"id\": \"f\"}, \"OS-EXT-STS:vm_state\": \"\(state)\"}"
        #expect(try server(text.replacingOccurrences(of: "ACTIVE", with: status)).isGone == isGone)
    }
}

/// What Ceilometer 27.0.0 made of these answers of Nova and Glance.
@Suite struct FlavorAndImageConformanceTests {
    static let cases: [MetadataValue] = {
        guard
            let url = Bundle.module.url(
                forResource: "flavors-and-images", withExtension: "json", subdirectory: "Fixtures"),
            let data = try? Data(contentsOf: url), let file = try? MetadataValue(json: Array(data))
        else { return [] }
        return file["cases"]?.elements ?? []
    }()

    @Test func allCasesAreThere() { #expect(Self.cases.count == 14) }

    @Test(arguments: cases.map { $0["case"]?.text ?? "" })
    func isWhatCeilometerSends(name: String) throws {
        let given = try #require(Self.cases.first { $0["case"]?.text == name })
        let expected = try #require(given["expected"])
        var fields = try #require(given["server"]?.fields)
        for key in ["user_id", "tenant_id", "hostId", "status"] { fields.append(.init(key, .string(key))) }
        var server = try NovaServer(.object(fields), place: "1")
        let flavor = given["flavor"].flatMap { $0 == .null ? nil : NovaFlavor($0) }
        let image = try given["image"].flatMap {
            $0 == .null ? nil : ImageDetails($0, id: try #require(server.imageID))
        }
        server = server.with(flavor).with(image)
        #expect(server.flavor == expected["flavor"])
        #expect(server.flavorName == expected["flavor"]?["name"]?.text)
        #expect(server.image == expected["image"])
        #expect(
            server.properties == [
                .init("kernel_id", expected["kernel_id"] ?? .null),
                .init("ramdisk_id", expected["ramdisk_id"] ?? .null),
            ])
        // An empty one is not sent.
        #expect((server.imageMeta ?? []) == (expected["image_meta"]?.fields ?? []))
    }
}
