public import Keystone

/// Nova's API, as much of it as Ceilometer uses.
public struct NovaClient: Sendable {
    private let session: KeystoneSession
    private let service: ServiceRequest.Service

    /// A client of the compute service of that type in the catalogue (`[service_types] nova`).
    public init(session: KeystoneSession, serviceType: String = "compute") {
        self.session = session
        service = .init(serviceType, version: "v2.1")
    }
}
