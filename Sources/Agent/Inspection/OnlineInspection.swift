import Configuration
public import Hypervisor
import Keystone
import Nova
import Pipeline
public import Publishers
import Threads
import Transfer

/// Looks whether everything that an agent needs is there and answers: its state directory, its address, libvirt, and the
/// services that the configuration names. Changes nothing, but for a file in the state directory that it removes again.
public struct OnlineInspection: Sendable {
    private let configuration: AgentConfiguration
    private let hypervisor: any Hypervisor
    private let version: String

    /// An inspection of what a configuration names; `hypervisor` is what it would poll.
    public init(_ configuration: AgentConfiguration, hypervisor: any Hypervisor, version: String) {
        self.configuration = configuration
        self.hypervisor = hypervisor
        self.version = version
    }

    /// What was found of one service.
    public struct Section: Sendable, Hashable {
        /// The service.
        public let name: String
        /// What was found; never empty.
        public let findings: [InspectionFinding]
    }

    /// Asks one after the other; `take` is given each as soon as it is known.
    public func run(_ take: (Section) throws -> Void) async throws {
        let transfer = Transfer()
        do {
            try await ask(transfer, take)
        } catch {
            await transfer.shutdown()
            throw error
        }
        await transfer.shutdown()
    }

    private func ask(_ transfer: Transfer, _ take: (Section) throws -> Void) async throws {
        let state = StateInspection(directory: configuration.settings.statePath.value)
        let holder = await offPool { state.holder }
        try take(await self.state(state, holder))
        if let address = configuration.settings.statusListen.value {
            let inspection = AddressInspection(address: address, agent: holder)
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            try take(
                Section(
                    name: "status page \(host):\(address.port)", findings: [await offPool { inspection.finding() }]))
        }
        try take(await ceilometer())
        let (section, domains) = await libvirt()
        try take(section)
        let session = configuration.keystoneSession(transfer: transfer, version: version)
        if let session {
            try take(await keystone(session))
            if configuration.asksNova { try take(await nova(session, domains: domains)) }
        }
        let context = PublisherContext(
            transfer: transfer, version: version, telemetrySecret: configuration.settings.telemetrySecret,
            files: configuration.publisherFiles, keystone: session)
        var seen: Set<String> = []
        for publisher in configuration.pipelines.pipelines.flatMap(\.publishers) {
            if let inspection = HTTPInspection(url: publisher.url, context: context),
                seen.insert(inspection.publisher).inserted
            {
                try take(Section(name: inspection.publisher, findings: await inspection.run()))
            }
            guard let inspection = GnocchiInspection(url: publisher.url, context: context),
                seen.insert(inspection.publisher).inserted
            else { continue }
            let findings = await inspection.run(host: configuration.settings.host)
            try take(Section(name: inspection.publisher, findings: findings))
        }
    }

    /// Nothing may wait for a disk for ever: the thread of a write that never ends is left behind.
    private static let patience = Duration.seconds(10)

    private func state(_ state: StateInspection, _ holder: Int32?) async -> Section {
        let (results, continuation) = AsyncStream<InspectionFinding?>.makeStream()
        startOccasionalThread(named: "trial") { continuation.yield(state.trial()) }
        let alarm = TaskThread.agent.after(Self.patience) { continuation.yield(nil) }
        var iterator = results.makeAsyncIterator()
        let trial = await iterator.next() ?? nil
        TaskThread.agent.callOff(alarm)
        var findings = [
            trial
                ?? InspectionFinding(
                    .failure,
                    "a file was not on disk within \(Self.patience.components.seconds) s; check the disk or the mount")
        ]
        if let holder { findings.append(.good("an agent runs with it (process \(holder))")) }
        return Section(name: "state directory \(configuration.settings.statePath.value)", findings: findings)
    }

    private func ceilometer() async -> Section {
        let (running, limit) = await offPool { (RunningCeilometer.all(), ProcessTable.limit()) }
        var findings = running.map { agent in
            InspectionFinding(
                .warning,
                "\(agent.command) runs (process \(agent.process)): with aerostat beside it, every sample is published "
                    + "twice. End it: systemctl disable --now ceilometer-agent-compute, or its container")
        }
        if running.isEmpty {
            findings.append(.good("no compute agent of Ceilometer runs\(limit == nil ? "" : " here")"))
        }
        if let limit { findings.append(InspectionFinding(.warning, limit)) }
        return Section(name: "ceilometer", findings: findings)
    }

    private func libvirt() async -> (Section, domains: Int) {
        let name = "libvirt \(PublisherFactory.redacted(configuration.settings.libvirtURI.value))"
        let result: Result<Reading, HypervisorError>
        do throws(HypervisorError) {
            result = .success(try await hypervisor.read([.state]))
        } catch {
            result = .failure(error)
        }
        await hypervisor.close()
        switch result {
        case .success(let reading):
            let count = reading.domains.count
            return (Section(name: name, findings: [.good("\(count) domain\(count == 1 ? "" : "s")")]), count)
        case .failure(let error):
            return (Section(name: name, findings: [InspectionFinding(.failure, "\(error)")]), 0)
        }
    }

    private func keystone(_ session: KeystoneSession) async -> Section {
        do throws(KeystoneError) {
            let identity = try await session.identity()
            let project = identity.projectName.map { "project \($0) (\(identity.projectID ?? ""))" } ?? "no project"
            let roles = identity.roles.isEmpty ? "no roles" : "roles \(identity.roles.sorted().joined(separator: ", "))"
            return Section(
                name: "keystone",
                findings: [.good("user \(identity.userName) (\(identity.userID)), \(project), \(roles)")])
        } catch {
            return Section(name: "keystone", findings: [InspectionFinding(.failure, "\(error)")])
        }
    }

    private func nova(_ session: KeystoneSession, domains: Int) async -> Section {
        let host = configuration.settings.host
        do throws(KeystoneError) {
            let client = NovaClient(session: session, serviceType: configuration.settings.novaServiceType)
            let list = try await client.servers(host: host)
            let malformed = list.malformed.map { InspectionFinding(.warning, $0) }
            guard !list.servers.isEmpty || domains == 0 else {
                let text =
                    "no servers of the host \(host), and libvirt has \(domains) domains; check that [DEFAULT] host is the "
                    + "name that Nova has for this host"
                return Section(name: "nova", findings: [InspectionFinding(.warning, text)] + malformed)
            }
            return Section(
                name: "nova", findings: [.good("\(list.servers.count) servers of the host \(host)")] + malformed)
        } catch {
            return Section(name: "nova", findings: [InspectionFinding(.failure, "\(error)")])
        }
    }
}

extension AgentConfiguration {
    /// Whether anything needs Nova's list of servers.
    fileprivate var asksNova: Bool {
        settings.instanceDiscoveryMethod != .libvirtMetadata || settings.fetchExtraMetadata
            || pipelines.pipelines.flatMap(\.publishers).contains { PublisherFactory.marksEnds($0.url) }
    }
}
