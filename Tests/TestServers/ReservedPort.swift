import Glibc

/// A port of 127.0.0.1 that refuses connections and that the system gives to nobody, until a `LoopbackServer` of this
/// process is told to listen at it.
public final class ReservedPort: Sendable {
    /// The port.
    public let number: Int
    private let descriptor: Int32

    /// Reserves a port of the system's choice.
    public init() throws {
        let socket = try ListeningSocket(isListening: false)
        number = socket.port
        descriptor = socket.descriptor
    }

    deinit { close(descriptor) }
}
