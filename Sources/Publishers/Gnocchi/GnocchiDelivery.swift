import Keystone
import Outbox
import Telemetry
import Transfer

/// Delivers a payload: posts its measures, creates what Gnocchi does not know, and updates the attributes that have
/// changed. In the steady state that is one request.
actor GnocchiDelivery {
    let endpoint: any GnocchiEndpoint
    let definition: GnocchiDefinition
    let notes: PublisherNotes
    private let file: AttributeFile?
    private let now: @Sendable () -> Timestamp

    /// What is known of the resources' attributes; `nil` before it was read.
    var memory: AttributeMemory?
    /// Whether the payload under way is older than what the memory knows: its attributes are outdated.
    var isOutdated = false
    private var hasPolicies = false
    /// Whether the file is being read or written; on a disk that hangs, that is so until it goes on.
    private var isDiskBusy = false
    private var replay = ReplaySpan()

    /// How many requests for single resources are under way at once. Gnocchi's API has a few workers for a whole cloud.
    static let parallel = 4
    /// A batch that takes longer than a request may is halved down to this many metrics.
    private static let smallest = 500
    /// How often a batch is posted in one attempt: the resources that it needs may be deleted while others are created.
    private static let rounds = 3

    init(
        endpoint: any GnocchiEndpoint, definition: GnocchiDefinition, file: AttributeFile?, notes: PublisherNotes,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.endpoint = endpoint
        self.definition = definition
        self.file = file
        self.notes = notes
        self.now = now
    }

    /// One attempt.
    func deliver(_ payload: Payload) async -> Delivery {
        if let ended = EndedResources(payload.body) { return await mark(ended) }
        guard var batch = GnocchiBatch(payload.body) else {
            return .rejected(reason: "the payload is none of this publisher's; it may be of another version")
        }
        do throws(GnocchiFailure) {
            try await ensurePolicies()
            if let project = try await endpoint.filteredProject() {
                batch.resources.removeAll { $0.projectID == project }
            }
            guard !batch.isEmpty else { return .delivered }
            await begin(batch, payload)
            let delivery = try await post(batch, payload)
            await keepMemory()
            return delivery
        } catch {
            await keepMemory()
            if error.isSlow, batch.metricCount > Self.smallest,
                let parts = parts(payload, batch.halves, error.delivery.reason)
            {
                return parts
            }
            return error.delivery
        }
    }

    private func post(_ batch: GnocchiBatch, _ payload: Payload) async throws(GnocchiFailure) -> Delivery {
        let request = GnocchiRequest.measures(batch.measures)
        var hasRenewedPolicies = false
        for _ in 0..<Self.rounds {
            let response = try await endpoint.response(to: request)
            let outcome = endpoint.outcome(of: response, to: request, payload: payload)
            let error = GnocchiError(response)
            switch GnocchiVerdict(response, error: error, outcome: outcome) {
            case .taken:
                await update(batch)
                noteReplay(payload)
                return .delivered
            case .unknownResources(let ids):
                let unknown = Set(ids)
                let resources = batch.resources.filter { unknown.contains($0.id) }
                guard !resources.isEmpty else { return .refused(reason: outcome.reason) }
                let uncreatable = try await create(resources, hasRenewedPolicies: &hasRenewedPolicies)
                guard uncreatable.isEmpty else {
                    let reason = uncreatable.sorted { $0.key < $1.key }.first?.value ?? outcome.reason
                    return apart(batch, payload, reason) { resource, _ in uncreatable[resource.id] != nil }
                }
            case .culprit(let id, let metric):
                return apart(batch, payload, outcome.reason) { resource, own in
                    resource.id == id && (metric == nil || own.name == metric || !resource.hasMetric(metric))
                }
            case .missingPolicy(let name):
                guard try await canRenew(name, &hasRenewedPolicies) else {
                    if definition.policiesInUse.contains(name) {
                        return .refused(reason: "\(outcome.reason); create it, or let aerostat gnocchi-upgrade do so")
                    }
                    let advice = "\(outcome.reason); of a former configuration: create it, then aerostat outbox retry"
                    return apart(batch, payload, advice) { _, metric in metric.archivePolicy == name }
                }
            case .unacceptable: return parts(payload, batch.halves, outcome.reason) ?? .rejected(reason: outcome.reason)
            case .settled(let delivery): return delivery
            }
        }
        return .retry(after: nil, reason: "resources are deleted in Gnocchi as fast as they are created there")
    }

    /// The payload in two, one with what the server will not take; that alone is quarantined.
    private func apart(
        _ batch: GnocchiBatch, _ payload: Payload, _ reason: String,
        _ isApart: (GnocchiBatch.Element, GnocchiBatch.Metric) -> Bool
    ) -> Delivery {
        let divided = batch.divided(isApart)
        if divided.rest.isEmpty, divided.apart.resources.count == 1 { return .rejected(reason: reason) }
        let pair = divided.rest.isEmpty || divided.apart.isEmpty ? batch.halves : (divided.rest, divided.apart)
        return parts(payload, pair, reason) ?? .rejected(reason: reason)
    }

    private func parts(
        _ payload: Payload, _ pair: (GnocchiBatch, GnocchiBatch)?, _ reason: String
    ) -> Delivery? {
        guard let pair else { return nil }
        return .divided(
            pair.0.payload(first: payload.first, last: payload.last),
            pair.1.payload(first: payload.first, last: payload.last), reason: reason)
    }

    private func noteReplay(_ payload: Payload) {
        let span = replay.delivered(samples: payload.samples, from: payload.first, to: payload.last, now: now())
        guard let span else { return }
        notes.tell(
            .notice,
            "\(span.samples) samples of \(span.first)Z to \(span.last)Z were delivered late, from \(span.began)Z on; "
                + "Gnocchi drops in silence what is older than the back_window of a metric's archive policy allows")
    }
}

// Archive policies.
extension GnocchiDelivery {
    /// Makes the archive policies of the definition, once. Goes on without those that it may not make: they may be there,
    /// and a batch tells which are not.
    private func ensurePolicies() async throws(GnocchiFailure) {
        guard !hasPolicies else { return }
        for policy in definition.archivePolicies {
            let request = GnocchiRequest.create(policy)
            let response = try await endpoint.response(to: request)
            guard response.status != 409 else { continue }
            let outcome = endpoint.outcome(of: response, to: request, payload: nil)
            switch outcome.keepingThePayload {
            case .delivered: notes.tell(.notice, "the archive policy \(policy.name) was created")
            case .refused where response.status != 401, .tooLarge, .divided, .rejected:
                notes.once(
                    "policy \(policy.name)", .warning,
                    "the archive policy \(policy.name) cannot be created: \(outcome.reason)")
            case .retry, .refused: throw GnocchiFailure(delivery: outcome)
            }
        }
        hasPolicies = true
    }

    /// Whether an archive policy that is missing could be made again: somebody has deleted it since.
    func canRenew(_ name: String, _ hasRenewed: inout Bool) async throws(GnocchiFailure) -> Bool {
        guard !hasRenewed, definition.archivePolicies.contains(where: { $0.name == name }) else { return false }
        hasRenewed = true
        hasPolicies = false
        try await ensurePolicies()
        return true
    }
}

// What is known of attributes.
extension GnocchiDelivery {
    /// How long a delivery waits for the disk. What it does not get costs an update of each resource; a disk that hangs
    /// must cost no measure.
    private static let diskPatience = Duration.seconds(2)

    private func begin(_ batch: GnocchiBatch, _ payload: Payload) async {
        if memory == nil, let file, !isDiskBusy { await load(file) }
        var known = memory ?? AttributeMemory()
        isOutdated = !known.begin(batch.resources.map(\.key), at: payload.last, now: now())
        memory = known
    }

    private func load(_ file: AttributeFile) async {
        isDiskBusy = true
        let loading = Task {
            let found = await file.load()
            isDiskBusy = false
            // What was learnt while the disk hung is newer.
            if memory == nil { memory = found }
        }
        await BoundedWait.all([loading], within: Self.diskPatience)
    }

    private func keepMemory() async {
        guard let file, memory?.isChanged == true, !isDiskBusy, let kept = memory else { return }
        memory?.isChanged = false
        isDiskBusy = true
        let saving = Task {
            do throws(AttributeFile.Failure) {
                try await file.save(kept)
                notes.clear("attributes")
            } catch {
                memory?.isChanged = true
                notes.once("attributes", .warning, "\(error); attributes are sent once more after a restart")
            }
            isDiskBusy = false
        }
        await BoundedWait.all([saving], within: Self.diskPatience)
    }
}

extension GnocchiBatch.Element {
    /// What its attributes are remembered by.
    var key: UInt64 { AttributeMemory.key(type: type, id: id) }

    /// The hash of its attributes.
    var attributeHash: UInt64 { StableHash.of(attributes) }

    fileprivate func hasMetric(_ name: String?) -> Bool { metrics.contains { $0.name == name } }
}
