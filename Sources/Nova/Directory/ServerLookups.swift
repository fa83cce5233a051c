import Keystone

/// Servers that are looked up by their id.
actor ServerLookups {
    /// How long it counts that Nova does not know a server.
    static let absence = Duration.seconds(300)
    /// How many servers are known at most.
    static let capacity = 16_384

    private let context: DirectoryContext
    private var cache = LookupCache<ServerFinding>(capacity: capacity)
    private var backoff = ServiceBackoff()
    private var seen: Set<String> = []
    private var job: Task<Void, Never>?
    private var isStopped = false
    private var isOverflowing = false

    init(_ context: DirectoryContext) { self.context = context }

    /// What is known, and a number that changes with it only.
    var known: (servers: [String: ServerFinding], revision: Int) { (cache.values, cache.revision) }

    /// Those servers are wanted. Begins what is due. Returns what to wait for if one of them was not wanted the time
    /// before and nothing is known of it.
    func want(_ ids: Set<String>) -> Task<Void, Never>? {
        guard !isStopped else { return nil }
        if (ids.count > Self.capacity) != isOverflowing {
            isOverflowing.toggle()
            let problem =
                "\(ids.count) servers are to be looked up, and \(Self.capacity) are at most: the others have no "
                + "user_metadata; use instance_discovery_method = naive, whose list has no such limit"
            context.report(ServiceCondition(.overflow, isOverflowing ? problem : nil))
        }
        cache.want(ids, at: context.now())
        let new = cache.unchecked(of: ids.subtracting(seen))
        seen = ids
        if job == nil, let id = next() {
            job = Task {
                await lookUp(from: id)
                // What was wanted while the last ones were awaited.
                while let id = next() { await lookUp(from: id) }
                job = nil
            }
        }
        return new.isEmpty ? nil : job
    }

    private var mayAsk: Bool { !isStopped && !Task.isCancelled && backoff.standing(at: context.now()) == nil }

    /// The next server to be looked up, if one may be.
    private func next() -> String? { mayAsk ? cache.next(at: context.now()) : nil }

    /// Cancels what is under way and waits for its end.
    func stop() async {
        isStopped = true
        job?.cancel()
        await job?.value
    }

    /// Looks up all that is due, until one fails.
    private func lookUp(from first: String) async {
        await withTaskGroup(of: Void.self) { group in
            var next = Optional(first)
            var count = 0
            while let id = next {
                group.addTask { await self.lookUp(id) }
                count += 1
                if count >= max(1, context.settings.maximumRequests) { await group.next() }
                next = self.next()
            }
        }
    }

    private func lookUp(_ id: String) async {
        do throws(KeystoneError) {
            let nova = context.nova
            let server = try await context.gate.pass { () async throws(KeystoneError) in
                // One that failed while this one waited for its turn may have shown that Nova is not to be asked now.
                guard await self.mayAsk else { throw .skipped }
                return try await nova.server(id: id)
            }
            let validity = server == nil ? min(context.validity ?? Self.absence, Self.absence) : context.validity
            cache.found(
                server.map { .found(ServerDetails($0)) } ?? .unknown, of: id, validity: validity, at: context.now())
            backoff.succeed()
            context.report(ServiceCondition(.servers, nil))
        } catch .skipped {
            cache.release(id)
        } catch {
            cache.failed(id, at: context.now())
            context.failed(error, .servers, &backoff)
        }
    }
}
