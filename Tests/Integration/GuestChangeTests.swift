import Foundation
import Testing

/// Guests that change while the agent runs are right in the next cycle.
@Suite struct GuestChangeTests {
    @Test(.timeLimit(.minutes(4)))
    func startStopAndMetadata() async throws {
        let bed = try TestBed.shared()
        let guest = "change-\(UInt16.random(in: 0...UInt16.max))"
        try await bed.call(["define", guest])
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url)
        let uuid = try await bed.uuid(guest)
        let name = try await bed.name(guest)
        try await eventually("a guest that is off is known", within: 30) {
            receiver.samples(of: uuid)["disk.root.size"]?.last?.resource_metadata.state == "shutdown"
        }

        try await bed.call(["start", guest], within: 120)
        try await next(receiver, uuid, "a started guest is seen") { $0["memory.usage"] != nil }
        #expect(receiver.samples(of: uuid)["memory.usage"]?.last?.resource_metadata.state == "running")

        try await bed.virsh(
            "metadata", name, "--uri", "http://openstack.org/xmlns/libvirt/nova/1.1", "--key", "nova", "--live",
            "--set",
            """
            <instance><name>renamed</name><flavor name="m2" id="9"><memory>128</memory><disk>7</disk></flavor>\
            <owner><user uuid="u"/><project uuid="p"/></owner></instance>
            """)
        try await next(receiver, uuid, "new metadata is seen") {
            $0["disk.root.size"]?.last?.volume == 7
                && $0["disk.root.size"]?.last?.resource_metadata.display_name == "renamed"
        }

        let image = agent.folder.path("extra.img")
        #expect(FileManager.default.createFile(atPath: image, contents: Data(count: 1 << 20)))
        try await bed.virsh("attach-disk", name, image, "vdb", "--live", "--sourcetype", "file")
        try await next(receiver, uuid, "a new disk is seen") {
            $0["disk.device.capacity"]?.contains { $0.resource_id == "\(uuid)-vdb" } ?? false
        }

        try await bed.virsh("suspend", name)
        try await next(receiver, uuid, "a pause is seen") { $0["power.state"]?.last?.volume == 3 }
        try await bed.virsh("resume", name)
        try await next(receiver, uuid, "the end of a pause is seen") { $0["power.state"]?.last?.volume == 1 }

        try await bed.call(["stop", guest])
        try await next(receiver, uuid, "a stopped guest has no figures any more") {
            $0["power.state"] == nil && $0["disk.root.size"]?.last?.resource_metadata.state == "shutdown"
        }
        try await bed.virsh("domrename", name, "\(name)-new")
        try await next(receiver, uuid, "a new name is seen") {
            $0["disk.root.size"]?.last?.resource_metadata.name == "\(name)-new"
        }
        try await bed.virsh("domrename", "\(name)-new", name)
        try await bed.call(["undefine", guest])
        #expect(try await receiver.nextCycle(of: uuid).isEmpty)
        try await agent.stop()
        await receiver.stop()
    }

    private func next(
        _ receiver: SampleReceiver, _ uuid: String, _ what: Comment,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ isRight: ([String: [ReceivedSample]]) -> Bool
    ) async throws {
        #expect(isRight(try await receiver.nextCycle(of: uuid)), what, sourceLocation: sourceLocation)
    }

    /// The cost of a cycle in calls does not depend on the number of guests.
    @Test(.timeLimit(.minutes(5)))
    func libvirtCallsOfASteadyCycle() async throws {
        let few = try await TestBed.own(["idle", "fill", "none"])
        var calls: [Int] = []
        do {
            for bed in [few, try TestBed.shared()] {
                let receiver = try await SampleReceiver()
                // A resync within the test would be no steady cycle.
                let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url)
                var lowest = Int.max
                // Other tests poll the shared guests, start and stop some: the least of the cycles is the steady one. It
                // may take until those tests are done.
                try await eventually("an undisturbed cycle", within: 150) {
                    let bodies = receiver.bodies.count
                    try await eventually("another cycle", within: 30) { receiver.bodies.count > bodies }
                    lowest = min(lowest, try await agent.status().last_cycle?.libvirt_calls ?? Int.max)
                    return lowest <= 1
                }
                let domains = try #require(try await agent.status().last_cycle).domains
                #expect(bed.isSame(few) ? domains == 3 : domains >= 20)
                calls.append(lowest)
                try await agent.stop()
                await receiver.stop()
            }
        } catch {
            try await few.down()
            throw error
        }
        try await few.down()
        #expect(calls == [1, 1])
    }
}
