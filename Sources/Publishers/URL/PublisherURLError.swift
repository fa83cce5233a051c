/// Why a text is no URL. The text itself is not told, for it may hold a password.
enum PublisherURLError: Error, Hashable, CustomStringConvertible {
    case controlCharacter
    case noScheme
    case badHost
    case badPort

    var description: String {
        switch self {
        case .controlCharacter: "the URL holds a control character; expected printable text, the rest percent-encoded"
        case .noScheme: "no scheme; expected scheme://…, such as http://host:port/path"
        case .badHost: "the host holds a character that no host can have; expected a name or address, IPv6 in brackets"
        case .badPort: "the port is no number from 0 to 65535; percent-encode a : @ / ? or # in user and password"
        }
    }
}
