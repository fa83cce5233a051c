internal import CMicrohttpd
internal import Glibc

/// What a server's callbacks need. They are all called on the library's one thread.
final class Service: Sendable {
    private let handlers: [String: HTTPHandler]
    private let isOwnName: @Sendable (String) -> Bool
    let connections: Connections

    init(
        handlers: [String: HTTPHandler], isOwnName: @escaping @Sendable (String) -> Bool,
        connections: Connections
    ) {
        self.handlers = handlers
        self.isOwnName = isOwnName
        self.connections = connections
    }

    /// The answer to a request of any method.
    func answer(method: String, path: String, host: String?) -> HTTPResponse {
        // HTTP/1.0 needs no Host, and no browser leaves it out.
        if let host, !HostField.isAllowed(host, isOwnName) {
            return .text(
                "the Host of the request is no name of this host; ask with its IP address, its host name or localhost\n",
                status: 421)
        }
        guard let handler = handlers[path] else {
            let paths = handlers.keys.sorted().joined(separator: ", ")
            return .text("not found; there is \(paths)\n", status: 404)
        }
        guard method == "GET" || method == "HEAD" else {
            return .text("use GET or HEAD\n", status: 405, fields: [("Allow", "GET, HEAD")])
        }
        return handler(HTTPRequest(path: path))
    }
}

/// A body on its way to one client. Only that client's connection uses it.
private final class Outgoing {
    let parts: [[UInt8]]
    let service: Service
    let connection: UInt
    /// Where the present part begins, and which it is: the library asks from the first byte to the last.
    var start = 0
    var part = 0

    init(_ parts: [[UInt8]], _ service: Service, _ connection: UInt) {
        self.parts = parts
        self.service = service
        self.connection = connection
    }

    /// Copies what comes at a position.
    func copy(from position: Int, into room: UnsafeMutableRawBufferPointer) -> Int {
        while part < parts.count, position >= start + parts[part].count {
            start += parts[part].count
            part += 1
        }
        guard part < parts.count, position >= start else { return mhd_end_with_error }
        return parts[part].withUnsafeBytes { bytes in
            let rest = bytes[(position - start)...].prefix(room.count)
            room.copyBytes(from: rest)
            return rest.count
        }
    }
}

// The library's callbacks. They are functions, as a closure that is written in an isolated context traps on its thread.

nonisolated func handle(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
    _ uploadSize: UnsafeMutablePointer<Int>?, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context, let connection, let url, let method, let state else { return mhd_no }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    if state.pointee == nil {
        // An answer before the end of the request refuses its body and closes the connection.
        state.pointee = context
        if !hasBody(connection) { return mhd_yes }
    }
    let number = UInt(bitPattern: mhd_socket_context(connection))
    service.connections.answers(number, at: .now)
    let host = mhd_field(connection, "Host").map { String(cString: $0) }
    let answer = service.answer(method: String(cString: method), path: String(cString: url), host: host)
    let outgoing = Unmanaged.passRetained(Outgoing(answer.body, service, number))
    let size = answer.body.reduce(0) { $0 + $1.count }
    guard
        let response = MHD_create_response_from_callback(
            UInt64(size), 32 * 1024, read, outgoing.toOpaque(), release)
    else {
        outgoing.release()
        return mhd_no
    }
    // The connection keeps it until it is sent.
    defer { MHD_destroy_response(response) }
    for (name, value) in [("Content-Type", answer.contentType), ("X-Content-Type-Options", "nosniff")] + answer.fields {
        guard MHD_add_response_header(response, name, value) == mhd_yes else { return mhd_no }
    }
    return MHD_queue_response(connection, UInt32(answer.status), response)
}

private nonisolated func hasBody(_ connection: OpaquePointer) -> Bool {
    if mhd_field(connection, "Transfer-Encoding") != nil { return true }
    let length = mhd_field(connection, "Content-Length")
    return length.map { String(cString: $0) != "0" } ?? false
}

private nonisolated func read(
    _ context: UnsafeMutableRawPointer?, _ position: UInt64, _ room: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
    guard let context, let room else { return mhd_end_with_error }
    let outgoing = Unmanaged<Outgoing>.fromOpaque(context).takeUnretainedValue()
    guard outgoing.service.connections.mayGoOn(outgoing.connection, at: .now) else { return mhd_end_with_error }
    return outgoing.copy(from: Int(position), into: UnsafeMutableRawBufferPointer(start: room, count: size))
}

private nonisolated func release(_ context: UnsafeMutableRawPointer?) {
    if let context { Unmanaged<Outgoing>.fromOpaque(context).release() }
}

nonisolated func completed(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
    guard let context, let connection else { return }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    service.connections.answered(UInt(bitPattern: mhd_socket_context(connection)), at: .now)
}

nonisolated func connectionChanged(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ number: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ change: MHD_ConnectionNotificationCode
) {
    guard let context, let connection, let number else { return }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    if mhd_is_opened(change) {
        number.pointee = UnsafeMutableRawPointer(
            bitPattern: service.connections.opened(mhd_socket(connection), at: .now))
    } else {
        service.connections.closed(UInt(bitPattern: number.pointee))
    }
}
