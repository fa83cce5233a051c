import Testing

/// Who ends leaves libvirtd in peace: one that is called back to a client that is gone while it serves it may die of it.
@Suite struct ConnectionEndTests {
    /// What libvirtd 9.0 logs of a client that goes while an answer to it, or the end of a subscription, is under way.
    private static let complaints = ["Connection reset by peer", "Broken pipe", "event callback"]

    @Test(.timeLimit(.minutes(4)))
    func everyCommandAndTheAgentTakeLeave() async throws {
        let bed = try TestBed.shared()
        let folder = try TemporaryFolder()
        try await RunningAgent.configure(folder, uri: bed.uri(), url: "test://", meters: "\"cpu\"")
        // Behind whatever the clients of other tests leave to be said.
        try await bed.virsh("list")
        let before = try bed.daemonLog().count
        // Behind them a file that cannot be written: a command that fails while it is connected.
        for _ in 1...8 {
            for arguments in [["samples"], ["check", "--online"], ["record", folder.path("recording.json")]] {
                let result = try await run(
                    try TestBed.aerostat, arguments + ["--config-file", folder.path("ceilometer.conf")])
                #expect(result.status == 0, "\(result.errors)")
            }
            let failed = try await run(
                try TestBed.aerostat,
                ["record", "/nonexistent/recording.json", "--config-file", folder.path("ceilometer.conf")])
            #expect(failed.status == 1)
        }
        let receiver = try await SampleReceiver()
        for end in 1...4 {
            let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url, meters: "\"cpu\"")
            let idle = try await bed.uuid("idle")
            let count = receiver.samples(of: idle)["cpu"]?.count ?? 0
            try await eventually("start \(end) polls", within: 30) {
                receiver.samples(of: idle)["cpu"]?.count ?? 0 > count
            }
            #expect(try await agent.stop().status == 0)
        }
        await receiver.stop()
        // Whatever libvirtd had to say of them it said before it answers this.
        try await bed.virsh("list")
        let said = try bed.daemonLog().dropFirst(before).filter { line in Self.complaints.contains(where: line.contains)
        }
        // On a machine so busy that libvirtd does not answer within the half second that leave may take, one of them may
        // go without. Of those that take no leave nearly all leave a complaint, and of each kind there are four or more.
        #expect(said.count <= 2, "\(said)")
    }
}
