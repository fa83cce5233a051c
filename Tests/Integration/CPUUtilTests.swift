import Foundation
import Testing

/// cpu_util of a real guest, from a pipeline.yaml of Ocata's shape that stands alone, against what the host's kernel says
/// of the guest's processor.
@Suite struct CPUUtilTests {
    private static let pipeline = """
        ---
        sources:
            - name: meter_source
              interval: 600
              meters: ["*"]
              sinks: [meter_sink]
            - name: cpu_source
              interval: 600
              meters: ["cpu"]
              sinks: [cpu_sink, cpu_delta_sink]
        sinks:
            - name: meter_sink
              transformers:
              publishers: ["test://"]
            - name: cpu_sink
              transformers:
                  - name: "rate_of_change"
                    parameters:
                        target:
                            name: "cpu_util"
                            unit: "%"
                            type: "gauge"
                            max: 100
                            scale: "100.0 / (10**9 * (resource_metadata.cpu_number or 1))"
              publishers: ["test://"]
            - name: cpu_delta_sink
              transformers:
                  - name: "delta"
                    parameters:
                        target: {name: "cpu.delta"}
                        growth_only: True
              publishers: ["test://"]

        """

    /// What the kernel has counted of a thread by a moment, in seconds since 1970 and seconds.
    private struct Reading {
        let at: Double
        let busy: Double
    }

    /// A virtual processor's time on a processor, and in the run queue where libvirt finds that (with schedstats, in
    /// `sched`; else its `vcpu.wait` is 0): both are what `cpu` counts.
    private func reading(_ thread: String) throws -> Reading {
        let before = Date().timeIntervalSince1970
        let run = try String(contentsOfFile: "\(thread)/schedstat", encoding: .utf8).split(separator: " ").first
        let wait = try String(contentsOfFile: "\(thread)/sched", encoding: .utf8).split(separator: "\n")
            .first { $0.contains("wait_sum") }?.split(separator: ":").last
        let after = Date().timeIntervalSince1970
        let nanoseconds = try #require(run.flatMap { Double($0) })
        let milliseconds = try wait.map { try #require(Double($0.trimmingCharacters(in: .whitespaces))) } ?? 0
        return Reading(at: (before + after) / 2, busy: nanoseconds / 1e9 + milliseconds / 1e3)
    }

    /// The thread of a QEMU process that is the guest's only virtual processor.
    private func processor(_ pid: String) throws -> String {
        let tasks = "/proc/\(pid)/task"
        for thread in try FileManager.default.contentsOfDirectory(atPath: tasks) {
            let name = try String(contentsOfFile: "\(tasks)/\(thread)/comm", encoding: .utf8)
            if name.hasPrefix("CPU 0/") { return "\(tasks)/\(thread)" }
        }
        throw CommandError(description: "no thread of \(pid) is called CPU 0")
    }

    /// What had been counted at a moment between two readings.
    private func busy(at moment: Double, _ readings: [Reading]) throws -> Double {
        let index = try #require(readings.firstIndex { $0.at >= moment }, "a reading after \(moment)")
        try #require(index > 0, "a reading before \(moment)")
        let (a, b) = (readings[index - 1], readings[index])
        return a.busy + (b.busy - a.busy) * (moment - a.at) / (b.at - a.at)
    }

    @Test(.timeLimit(.minutes(4)))
    func cpuUtilIsTheBusyShareThatTheHostKnows() async throws {
        let bed = try TestBed.shared()
        let guest = "busy-\(UInt16.random(in: 0...UInt16.max))"
        try await bed.call(["define", guest, "busy"])
        do {
            try await bed.call(["start", guest], within: 120)
            try await measure(bed, guest)
        } catch {
            try await bed.call(["undefine", guest])
            throw error
        }
        try await bed.call(["undefine", guest])
    }

    private func measure(_ bed: TestBed, _ guest: String) async throws {
        let uuid = try await bed.uuid(guest)
        let thread = try processor(try await bed.call(["pid", guest]))
        let folder = try TemporaryFolder()
        try folder.write("pipeline.yaml", Self.pipeline)
        try folder.write(
            "ceilometer.conf",
            "[DEFAULT]\nhost = test-host\nlibvirt_uri = \(try await bed.uri())\n"
                + "pipeline_cfg_file = \(folder.path("pipeline.yaml"))\n")
        let process = try ChildProcess(
            try TestBed.aerostat,
            [
                "samples", "--config-file", folder.path("ceilometer.conf"), "--cycles", "5", "--interval", "10",
                "--format", "jsonl", "--instance", uuid,
            ], environment: ["HOME": folder.path], output: folder.path("out"), errors: folder.path("err"))
        var readings = [try reading(thread)]
        try await eventually("five polls", within: 150) {
            readings.append(try self.reading(thread))
            return !process.isRunning
        }
        // One of the others may be older than the last poll.
        readings.append(try reading(thread))
        let told = try String(contentsOfFile: folder.path("err"), encoding: .utf8)
        #expect(process.status == 0, "\(told)")
        let samples = try String(contentsOfFile: folder.path("out"), encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(ReceivedSample.self, from: Data($0.utf8))
        }
        let moments = try samples.filter { $0.name == "cpu" }.map { try moment($0.timestamp) }
        let utils = samples.filter { $0.name == "cpu_util" }
        #expect(moments.count == 5)
        #expect(utils.count == 4)
        #expect(utils.allSatisfy { $0.unit == "%" && $0.resource_id == uuid })
        #expect(Set(samples.map(\.id)).count == samples.count, "each sample once")
        #expect(samples.contains { $0.name == "memory" } && samples.count { $0.name == "cpu.delta" } == 4)

        // The first poll connects between its moment and its figures.
        let first = try #require(moments.dropFirst().first)
        let last = try #require(moments.last)
        var used = 0.0
        for (index, util) in utils.enumerated().dropFirst() {
            used += util.volume / 100 * (moments[index + 1] - moments[index])
        }
        let truth = try busy(at: last, readings) - busy(at: first, readings)
        print("cpu_util \(utils.map(\.volume)) %: \(used) s of \(last - first) s, and the host says \(truth) s")
        // A poll's moment is that of its beginning: half a second more between it and the figures shows as so much time.
        let share = truth / (last - first)
        #expect(
            abs(used - truth) <= 0.02 * truth + 0.5 * share, "\(used) s of processor time, and the host says \(truth) s"
        )
        #expect((0.05...0.98).contains(share), "a guest that is busy for a part of the time")
    }
}
