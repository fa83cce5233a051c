import Keystone
import Telemetry
import Transfer

/// Glance's API, as much of it as Ceilometer uses with Nova.
struct ImageClient: Sendable {
    let session: KeystoneSession

    /// `openstacksdk` looks for this type, whatever `[service_types]` says.
    private static let service = ServiceRequest.Service("image", version: "v2")
    private static let maximumBodyBytes = 1 << 20

    /// The image; `nil` if Glance does not know it.
    func image(id: String) async throws(KeystoneError) -> ImageDetails? {
        var request = ServiceRequest(.get, Self.service, "/images/\(id.percentEncoded)")
        request.maximumBodyBytes = Self.maximumBodyBytes
        let response = try await session.response(to: request)
        switch response.status {
        case 200: return ImageDetails(try response.json(from: request, service: "Glance"), id: id)
        case 404: return nil
        default:
            throw KeystoneError(
                status: response, url: request.path, action: "Glance does not tell of an image",
                forbidden: "give our user a role that may read it")
        }
    }
}
