/// The names of users and projects, looked up in the background.
public actor NameDirectory {
    /// A directory that asks Keystone through `session`. `now` is the time since any fixed moment and never goes back;
    /// `report` is told whether look-ups work.
    public init(
        session: KeystoneSession, now: @escaping @Sendable () -> Duration,
        report: @escaping @Sendable (ServiceCondition) -> Void
    ) {}

    /// What is known of those users and projects, at once. What is not known yet, or no longer for sure, is looked up
    /// in the background.
    public func names(users: Set<String>, projects: Set<String>) -> IdentityNames { IdentityNames() }

    /// The same, at most `limit` from now: when the look-ups that are under way have ended.
    public func names(users: Set<String>, projects: Set<String>, within limit: Duration) async -> IdentityNames {
        IdentityNames()
    }

    /// Ends the look-ups that are under way; none begins any more.
    public func stop() async {}
}
