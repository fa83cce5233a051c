import FoundationEssentials
import Transfer

/// Hides a publisher's own secrets, and those of proxies, in what a server says: some send a request's headers or URL back in their errors.
struct SecretMask: Sendable {
    private let secrets: [String]

    /// Shorter ones would hide half of every text, and are none.
    private static let shortest = 3

    /// For the password of these credentials, as it stands in an `Authorization` header too, and for what telling
    /// parameters of a URL hold; likewise for the proxies that the environment names.
    init(
        credentials: BasicCredentials?, url: String,
        environment: (String) -> String? = EnvironmentProxy.environment
    ) {
        let written = RedactedURL.secrets(of: url)
        var secrets = written + written.map { PercentEncoding.decode($0.replacing("+", with: " ")) }
        let proxies = EnvironmentProxy.credentials(environment: environment).map {
            BasicCredentials(user: PercentEncoding.decode($0.user), password: PercentEncoding.decode($0.password))
        }
        for credentials in [credentials].compactMap(\.self) + proxies {
            secrets.append(credentials.password)
            secrets.append(Data("\(credentials.user):\(credentials.password)".utf8).base64EncodedString())
        }
        self.secrets = secrets.filter { $0.count >= Self.shortest }.sorted { $0.count > $1.count }
    }

    /// The text with `***` in the place of each secret.
    func masked(_ text: String) -> String {
        secrets.reduce(text) { $0.replacing($1, with: "***") }
    }
}
