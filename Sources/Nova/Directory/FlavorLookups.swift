import Keystone

/// Flavors whose id is looked up by their name.
actor FlavorLookups {
    private let context: DirectoryContext
    private var index: FlavorIndex
    private var backoff = ServiceBackoff()
    private var seen: Set<String> = []
    private var job: Task<Void, Never>?
    private var isStopped = false

    init(_ context: DirectoryContext) {
        self.context = context
        index = FlavorIndex(freshness: context.validity)
    }

    /// What is known, and a number that changes with it only.
    var known: (ids: [String: String], revision: Int) { (index.ids, index.revision) }

    /// Those flavors are wanted. Begins what is due. Returns what to wait for if one of them was not wanted the time
    /// before and nothing is known of it.
    func want(_ names: Set<String>) -> Task<Void, Never>? {
        guard !isStopped else { return nil }
        let isDue = index.want(names, at: context.now())
        let new = index.unanswered(of: names.subtracting(seen))
        seen = names
        if isDue, job == nil, backoff.standing(at: context.now()) == nil {
            job = Task {
                // Twice if a name was asked for meanwhile, which the list may be too old for.
                repeat {
                    await list()
                } while !isStopped && !Task.isCancelled && backoff.standing(at: context.now()) == nil
                    && !index.unanswered(of: seen).isEmpty
                job = nil
            }
        }
        return new.isEmpty ? nil : job
    }

    /// Cancels what is under way and waits for its end.
    func stop() async {
        isStopped = true
        job?.cancel()
        await job?.value
    }

    private func list() async {
        let start = context.now()
        let names = index.unanswered(of: seen)
        do throws(KeystoneError) {
            let nova = context.nova
            let list = try await context.gate.pass { () async throws(KeystoneError) in try await nova.flavors() }
            index.apply(list, start: start, answering: names)
            backoff.succeed()
            context.report(ServiceCondition(.flavors, nil))
        } catch {
            context.failed(error, .flavors, &backoff)
        }
    }
}
