import Keystone

/// The project whose resources are not sent: the one that Gnocchi itself stores its data in, in Ceilometer's words. Looked
/// up once.
actor FilteredProject {
    private let filter: GnocchiParameters.Filter
    private let lookup: ProjectLookup
    private let notes: PublisherNotes
    /// What was found; `nil` before.
    private var found: String??

    init(_ filter: GnocchiParameters.Filter, session: KeystoneSession, notes: PublisherNotes) {
        self.filter = filter
        lookup = ProjectLookup(session: session)
        self.notes = notes
    }

    /// The project's id; `nil` if there is none of that name. Throws if Keystone does not tell.
    func id() async throws(KeystoneError) -> String? {
        if let found { return found }
        let id = try await lookup.id(of: filter.project, inDomain: filter.domain)
        if id == nil {
            notes.once(
                "filter_project", .warning,
                "filter_project: there is no project \(filter.project) in the domain \(filter.domain): all are sent")
        }
        found = .some(id)
        return id
    }
}
