import Outbox
import Publishers
import Synchronization
import Telemetry

extension Scenario {
    /// Samples → bodies of the http publisher, 1,000 samples each, when resources know their JSON.
    static let json = Scenario(name: "json", count: 10_000, unit: "sample") {
        let publisher = try Agent.publisher("http://127.0.0.1:8080/v1/samples")
        let samples = Array(Agent.samples(instances: 500).prefix(10_000))
        return {
            let payloads = publisher.payloads(for: samples)
            guard payloads.count == 10 else { throw Failure("\(payloads.count) payloads") }
            return payloads.reduce(0) { $0 + $1.body.count }
        }
    }

    /// A cycle's payloads → disk: compressed, and in one transaction.
    static let outboxAppend = Scenario(name: "outbox append", count: 15, unit: "payload") {
        let publisher = try Agent.publisher("http://127.0.0.1:8080/v1/samples")
        let payloads = Array(publisher.payloads(for: Agent.samples(instances: 500)))
        let outbox = try await TemporaryOutbox(Receiver(takes: false))
        return {
            await outbox.handOver(payloads)
            return 0
        }
    }

    /// The same, and from there to a receiver that takes them at once.
    static let outboxDrain = Scenario(name: "outbox append and drain", count: 15, unit: "payload") {
        let publisher = try Agent.publisher("http://127.0.0.1:8080/v1/samples")
        let payloads = Array(publisher.payloads(for: Agent.samples(instances: 500)))
        let receiver = Receiver(takes: true)
        let outbox = try await TemporaryOutbox(receiver)
        return {
            await outbox.handOver(payloads)
            await receiver.received(payloads.count)
            return 0
        }
    }

    /// Samples → payloads for Gnocchi.
    static let gnocchiPayload = Scenario(name: "gnocchi payload", count: 15_000, unit: "measure") {
        let publisher = try Agent.publisher("gnocchi+http://admin@127.0.0.1:8041")
        let samples = Agent.samples(instances: 500)
        return { publisher.payloads(for: samples).reduce(0) { $0 + $1.body.count } }
    }

    /// Payloads for Gnocchi → bodies of measures → a receiver on loopback, when it knows all resources.
    static let gnocchiDelivery = Scenario(name: "gnocchi delivery", count: 15_000, unit: "measure") {
        let receiver = try LoopbackReceiver()
        let publisher = try Agent.publisher("gnocchi+http://admin@127.0.0.1:\(receiver.port)")
        let payloads = Array(publisher.payloads(for: Agent.samples(instances: 500)))
        let deliver: Repetition = {
            let before = receiver.bytes
            for payload in payloads {
                let delivery = await publisher.deliver(payload)
                guard delivery == .delivered else { throw Failure("\(delivery)") }
            }
            return receiver.bytes - before
        }
        // Creates what Gnocchi does not know.
        _ = try await deliver()
        return deliver
    }
}
