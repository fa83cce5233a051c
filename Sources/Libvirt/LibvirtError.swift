import CLibvirt

/// A failed call to libvirt, as its last error of the calling thread tells it.
public struct LibvirtError: Error, Sendable, Hashable {
    /// The C function, such as `virConnectOpenReadOnly`.
    public let call: String
    /// The domain it was about, if any.
    public let domain: String?
    /// `virErrorNumber`; 0 if libvirt gave no error.
    public let code: Int32
    /// `virErrorDomain`: the part of libvirt that failed.
    public let origin: Int32
    /// libvirt's own words.
    public let message: String

    /// Takes the calling thread's last error.
    static func last(call: String, domain: String? = nil) -> LibvirtError {
        guard let error = virGetLastError() else {
            return LibvirtError(call: call, domain: domain, code: 0, origin: 0, message: "failed without an error")
        }
        let text = error.pointee.message.map { String(cString: $0) } ?? "no message"
        return LibvirtError(
            call: call, domain: domain, code: error.pointee.code, origin: error.pointee.domain,
            message: text.split(whereSeparator: \.isNewline).joined(separator: " "))
    }

    /// Whether the connection failed, and not the question: libvirt's RPC layer, or the client's side of it, says so.
    var isOfConnection: Bool { origin == Int32(VIR_FROM_RPC.rawValue) || origin == Int32(VIR_FROM_REMOTE.rawValue) }

    /// Whether the domain does not exist any more (VIR_ERR_NO_DOMAIN).
    var isDomainGone: Bool { code == Int32(VIR_ERR_NO_DOMAIN.rawValue) }
}

extension LibvirtError: CustomStringConvertible {
    /// `virConnectOpenReadOnly failed: … (error 38/7)`, and a remedy where the words of libvirt hide it.
    public var description: String {
        let about = domain.map { " of domain \($0)" } ?? ""
        return "\(call)\(about) failed: \(message) (error \(code)/\(origin))" + (remedy.map { "; \($0)" } ?? "")
    }

    /// libvirtd looks up its client's user and group in its own files, which in a container are not the client's.
    private var remedy: String? {
        for (kind, record, file) in [("uid", "user", "passwd"), ("gid", "group", "group")] {
            guard let place = message.firstRange(of: "Failed to find \(record) record for \(kind)") else { continue }
            let digits = message[place.upperBound...].drop { !$0.isNumber }.prefix { $0.isNumber }
            let number = digits.isEmpty ? "this \(kind)" : "\(kind) \(digits)"
            return "libvirtd does not know \(number): add it to /etc/\(file) where libvirtd runs (in a container: its "
                + "image), or run aerostat under a \(record) that libvirtd knows"
        }
        return nil
    }
}
