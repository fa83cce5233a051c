import Configuration
import Outbox
import Telemetry
import Transfer

/// Makes what a Gnocchi lacks for this agent: resource types, as `ceilometer-upgrade` makes them, and archive policies.
/// Changes nothing that is there.
public struct GnocchiUpgrade: Sendable {
    /// The publisher's name (`Publisher.identity`).
    public let publisher: String
    let endpoint: any GnocchiEndpoint
    let definition: GnocchiDefinition
    let parameters: GnocchiParameters

    /// The upgrade for a publisher's URL; `nil` if it is no publisher of Gnocchi's, its files were not read, or it needs
    /// Keystone and the context has none.
    public init?(url: String, context: PublisherContext) {
        var diagnostics = Diagnostics()
        guard case .gnocchi(let parameters) = PublisherParameters(url, at: nil, into: &diagnostics),
            let definition = context.files.definition(parameters.definitionFile),
            let endpoint = parameters.endpoint(
                context, notes: PublisherNotes(publisher: parameters.identity, report: context.notice))
        else { return nil }
        publisher = parameters.identity
        self.parameters = parameters
        self.endpoint = endpoint
        self.definition = definition.overriding(archivePolicy: parameters.archivePolicy)
    }

    /// Something that Gnocchi should have, and what became of it.
    public struct Step: Sendable, Hashable {
        /// What became of it.
        public enum Outcome: Sendable, Hashable {
            /// It was there.
            case exists
            /// It was made.
            case created
            /// It would have been made.
            case missing
            /// It is there, but not as this agent needs it: why.
            case differs(String)
            /// It could not be made or looked for: why.
            case failed(String)
        }

        /// `resource type instance`, `archive policy ceilometer-low`
        public let what: String
        /// What became of it.
        public let outcome: Outcome
    }

    /// Goes through everything; with `isDryRun` nothing is made. Goes on after a failure, unless there is no answer.
    public func run(isDryRun: Bool) async -> [Step] {
        var steps: [Step] = []
        for type in ResourceType.ofCompute where definition.resources.contains(where: { $0.type == type.name }) {
            let outcome = await outcome(
                looking: .resourceType(type.name), making: isDryRun ? nil : .create(type),
                difference: { lacks(of: type, in: $0) })
            steps.append(Step(what: "resource type \(type.name)", outcome: outcome.step))
            if outcome.isEnd { return steps }
        }
        for policy in definition.archivePolicies {
            let outcome = await outcome(
                looking: .archivePolicy(policy.name), making: isDryRun ? nil : .create(policy), difference: { _ in nil }
            )
            steps.append(Step(what: "archive policy \(policy.name)", outcome: outcome.step))
            if outcome.isEnd { return steps }
        }
        let made = Set(definition.archivePolicies.map(\.name))
        for name in definition.policiesInUse.subtracting(made).sorted() {
            let outcome = await outcome(looking: .archivePolicy(name), making: nil, difference: { _ in nil })
            var step = outcome.step
            if step == .missing {
                step = .failed("gnocchi_resources.yaml uses it and does not define it; define or create it")
            }
            steps.append(Step(what: "archive policy \(name)", outcome: step))
            if outcome.isEnd { return steps }
        }
        return steps
    }

    private func outcome(
        looking: GnocchiRequest, making: GnocchiRequest?, difference: (TransferResponse) -> String?
    ) async -> (step: Step.Outcome, isEnd: Bool) {
        do throws(GnocchiFailure) {
            let found = try await endpoint.response(to: looking)
            if looking.isDone(found) {
                return (difference(found).map { .differs($0) } ?? .exists, false)
            }
            guard found.status == 404, GnocchiError(found) != nil else {
                return (failure(found, looking), found.status == 401)
            }
            guard let making else { return (.missing, false) }
            let made = try await endpoint.response(to: making)
            if making.isDone(made) { return (.created, false) }
            // Another one was faster.
            return (made.status == 409 ? .exists : failure(made, making), false)
        } catch {
            return (.failed(error.delivery.reason), true)
        }
    }

    private func failure(_ response: TransferResponse, _ request: GnocchiRequest) -> Step.Outcome {
        .failed(endpoint.outcome(of: response, to: request, payload: nil).reason)
    }

    /// Attributes that a type which is there should have and has not: without them its resources cannot be created.
    private func lacks(of type: ResourceType, in response: TransferResponse) -> String? {
        let body = response.body[...]
        guard let members = JSONObject.members(of: body),
            let attributes = members.first(where: { $0.name == "attributes" }),
            let found = JSONObject.members(of: body[attributes.value])
        else { return "its attributes cannot be read" }
        let needed = Set(definition.resources.filter { $0.type == type.name }.flatMap { $0.attributes.map(\.name) })
        let lacking = needed.subtracting(found.map(\.name)).sorted()
        guard !lacking.isEmpty else { return nil }
        return "it has no attribute \(lacking.joined(separator: ", ")); run ceilometer-upgrade, which adds them"
    }
}
