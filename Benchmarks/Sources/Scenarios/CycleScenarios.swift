import Compute
import Hypervisor
import Outbox
import Pipeline
import Publishers
import Synchronization
import Telemetry

extension Scenario {
    /// A cycle of every meter, but for libvirt and the network: parameters of the bulk call → statistics → samples →
    /// pipeline → JSON → disk.
    static func cycle(instances: Int) -> Scenario {
        Scenario(name: "cycle of \(instances)", count: instances, unit: "instance") {
            let host = Host(instances: instances)
            let parameters = (0..<2).map { cycle in
                host.domains.indices.map { BulkParameters(instance: $0 + 1, cycle: cycle) }
            }
            let publisher = try Agent.publisher("http://127.0.0.1:8080/v1/samples")
            let outbox = try await TemporaryOutbox(Receiver(takes: false))
            let work = Mutex(
                (
                    poller: Poller(Agent.rules), selection: Agent.everyMeter,
                    router: SampleRouter(PipelineDefinition.everything.pipelines, longestInterval: 60), cycle: 0
                ))
            return {
                let payloads = work.withLock { work in
                    work.cycle += 1
                    let domains = zip(host.domains, parameters[work.cycle % 2]).map { domain, parameters in
                        DomainReading(domain: domain, stats: parameters.stats)
                    }
                    let reading = Reading(
                        at: Host.time(of: work.cycle % 2), host: nil, domains: domains, calls: 1)
                    let samples = work.poller.poll(reading, &work.selection).samples
                    let routed = work.router.route(samples, now: reading.at, monotonicTime: nil).routed
                    return routed.map { publisher.payloads(for: $0.samples) }
                }
                for payloads in payloads { await outbox.handOver(payloads) }
                return 0
            }
        }
    }
}
