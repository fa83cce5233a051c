import Compute
import Hypervisor
import Synchronization
import Telemetry

extension Scenario {
    /// Parameters of libvirt's bulk call → `DomainStats`.
    static let statistics = Scenario(name: "statistics", count: 500, unit: "instance") {
        let domains = (1...500).map { BulkParameters(instance: $0, cycle: 0) }
        return {
            var sum: Int128 = 0
            for domain in domains { sum += domain.stats.cpuTime ?? 0 }
            guard sum > 0 else { throw Failure("no CPU time was read") }
            return 0
        }
    }

    /// `DomainStats` → samples of every meter, when instances and resources are known.
    static let samples = Scenario(name: "samples", count: 15_000, unit: "sample") {
        let host = Host(instances: 500)
        let readings = (0..<2).map(host.reading)
        let work = Mutex((poller: Poller(Agent.rules), selection: Agent.everyMeter, cycle: 0))
        return {
            let samples = work.withLock { work in
                work.cycle += 1
                return work.poller.poll(readings[work.cycle % 2], &work.selection).samples
            }
            guard samples.count == 15_000 else { throw Failure("\(samples.count) samples") }
            return 0
        }
    }

    /// Domain XML with Nova's metadata → instances that nobody has seen yet.
    static let discovery = Scenario(name: "discovery", count: 500, unit: "instance") {
        let host = Host(instances: 500)
        let reading = host.reading(0)
        return {
            var poller = Poller(Agent.rules)
            var selection = MeterSelection(meters: [], rules: Agent.rules)
            let cycle = poller.poll(reading, &selection)
            guard cycle.instances.count == 500 else { throw Failure("\(cycle.instances.count) instances") }
            return 0
        }
    }

    /// The first poll of a host: discovery, resources with their JSON, and samples of every meter.
    static let firstCycle = Scenario(name: "first cycle", count: 500, unit: "instance") {
        let reading = Host(instances: 500).reading(0)
        return {
            var poller = Poller(Agent.rules)
            var selection = Agent.everyMeter
            let cycle = poller.poll(reading, &selection)
            guard cycle.samples.count == 15_000 else { throw Failure("\(cycle.samples.count) samples") }
            return 0
        }
    }
}
