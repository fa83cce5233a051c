/// The names of users and projects, looked up in the background: `identity_name_discovery` never delays a poll.
///
/// Names count for an hour and are used while they are looked up again; that there is no such user or project counts for
/// five minutes. 4,096 of each kind are known at most, those that were asked for last.
public actor NameDirectory {
    private let lookup: IdentityLookup
    private let now: @Sendable () -> Duration
    private let report: @Sendable (ServiceCondition) -> Void
    private var users = LookupCache<String>(capacity: capacity)
    private var projects = LookupCache<String>(capacity: capacity)
    private var backoff = ServiceBackoff()
    private var lookups: [Int: Task<Void, Never>] = [:]
    private var started = 0
    private var isStopped = false

    /// How long a name counts, and how long that there is none.
    static let freshness = Duration.seconds(3600)
    static let absence = Duration.seconds(300)
    /// How many users, and how many projects, are known at most.
    static let capacity = 4096
    /// How many look-ups are under way at most.
    static let maximumLookups = 4

    /// A directory that asks Keystone through `session`. `now` is the time since any fixed moment and never goes back;
    /// `report` is told whether look-ups work, under the topic `names`.
    public init(
        session: KeystoneSession, now: @escaping @Sendable () -> Duration,
        report: @escaping @Sendable (ServiceCondition) -> Void
    ) {
        lookup = IdentityLookup(session: session)
        self.now = now
        self.report = report
    }

    /// What is known of those users and projects, at once. What is not known yet, or no longer for sure, is looked up in
    /// the background.
    public func names(users: Set<String>, projects: Set<String>) -> IdentityNames {
        self.users.want(users, at: now())
        self.projects.want(projects, at: now())
        lookUp()
        return IdentityNames(
            generation: self.users.revision + self.projects.revision, users: self.users.values,
            projects: self.projects.values)
    }

    /// The same, at most `limit` from now: when all look-ups have ended, or Keystone fails.
    public func names(users: Set<String>, projects: Set<String>, within limit: Duration) async -> IdentityNames {
        let deadline = now() + limit
        _ = names(users: users, projects: projects)
        // The end of one is the beginning of the next.
        while !lookups.isEmpty, !Task.isCancelled, now() < deadline {
            await BoundedWait.all(Array(lookups.values.prefix(1)), within: deadline - now())
        }
        return names(users: users, projects: projects)
    }

    /// Ends the look-ups that are under way; none begins any more.
    public func stop() async {
        isStopped = true
        let running = lookups.values
        for task in running { task.cancel() }
        for task in running { await task.value }
    }

    /// Begins look-ups, as many as may be under way and are due.
    private func lookUp() {
        while !isStopped, lookups.count < Self.maximumLookups, backoff.standing(at: now()) == nil,
            let (kind, id) = next()
        {
            started += 1
            let number = started
            lookups[number] = Task {
                do throws(KeystoneError) {
                    found(try await lookup.name(kind, id), kind, id)
                } catch {
                    failed(error, kind, id)
                }
                lookups[number] = nil
                lookUp()
            }
        }
    }

    private func next() -> (IdentityLookup.Kind, String)? {
        if let id = users.next(at: now()) { return (.user, id) }
        return projects.next(at: now()).map { (.project, $0) }
    }

    private func found(_ name: String?, _ kind: IdentityLookup.Kind, _ id: String) {
        let validity = name == nil ? Self.absence : Self.freshness
        switch kind {
        case .user: users.found(name, of: id, validity: validity, at: now())
        case .project: projects.found(name, of: id, validity: validity, at: now())
        }
        backoff.succeed()
        report(ServiceCondition(.names, nil))
    }

    private func failed(_ error: KeystoneError, _ kind: IdentityLookup.Kind, _ id: String) {
        switch kind {
        case .user: users.failed(id, at: now())
        case .project: projects.failed(id, at: now())
        }
        guard error.code != .cancelled else { return }
        backoff.fail(error, at: now(), fraction: .random(in: 0..<1))
        report(ServiceCondition(.names, "\(error)"))
    }
}
