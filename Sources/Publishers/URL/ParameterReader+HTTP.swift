import Configuration
import Transfer

extension ParameterReader {
    /// A whole number; the default with a warning for anything else.
    mutating func number(
        _ name: String, in query: inout QueryString, _ range: ClosedRange<Int>, default fallback: Int
    ) -> Int {
        guard let text = query.take(name).last else { return fallback }
        if let number = Self.integer(text), range.contains(number) { return number }
        let bounds = "\(range.lowerBound) to \(range.upperBound)"
        warning("\(name)=\(text) is no whole number from \(bounds); \(fallback) is used, the default")
        return fallback
    }

    /// `verify_ssl`, `clientcert` and `clientkey`.
    mutating func tls(in query: inout QueryString) -> TLSSettings {
        var settings = TLSSettings()
        if let text = query.take("verify_ssl").last {
            switch BooleanWord.value(text) {
            case true?: break
            case false?: settings.trust = .anyone
            case nil:
                settings.trust = .authorities(path: text)
                checkReadable(text, "verify_ssl", "true, false or the path of CA certificates")
            }
        }
        settings.clientCertificate = query.take("clientcert").last
        settings.clientKey = query.take("clientkey").last
        if let path = settings.clientCertificate { checkReadable(path, "clientcert", "the path of a PEM file") }
        if let path = settings.clientKey {
            checkReadable(path, "clientkey", "the path of a PEM file")
            if settings.clientCertificate == nil {
                warning("clientkey without clientcert has no effect; add clientcert=PATH")
                settings.clientKey = nil
            }
        }
        if !url.scheme.hasSuffix("https"), settings != TLSSettings() {
            warning("verify_ssl, clientcert and clientkey have no effect on \(url.scheme)://; use \(url.scheme)s://")
        }
        return settings
    }
}
