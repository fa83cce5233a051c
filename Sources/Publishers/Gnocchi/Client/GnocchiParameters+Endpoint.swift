extension GnocchiParameters {
    /// The Gnocchi that they speak of; `nil` if that needs Keystone, and the context has none.
    func endpoint(_ context: PublisherContext, notes: PublisherNotes) -> (any GnocchiEndpoint)? {
        switch place {
        case .address(let url, let credentials):
            DirectEndpoint(url: url, credentials: credentials, parameters: self, context: context)
        case .catalogue:
            context.keystone.map {
                KeystoneEndpoint(session: $0, parameters: self, notes: notes, now: context.now)
            }
        }
    }
}
