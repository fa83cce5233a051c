import CLibcurl
import Glibc
import Synchronization
import Threads

/// One request and its answer: an easy handle with everything that it points to. Lives on the loop's thread only. Must
/// be removed from the multi handle before it is let go of.
final class Exchange {
    let request: TransferRequest
    let ticket: TransferTicket
    /// When it was begun.
    let began = MonotonicTime.now
    /// When the answer's header was whole; `nil` before.
    private var headerEnd: MonotonicTime?
    /// When the answer's body has had its time, once its header says all; `nil` if the body is read out.
    var bodyDeadline: MonotonicTime? { saysAll ? headerEnd.map { $0 + Self.bodyTime } : nil }
    let handle: UnsafeMutableRawPointer
    private let number: UInt
    private let errorText: UnsafeMutablePointer<CChar>
    /// Given to libcurl, which does not copy it.
    private var headerList: UnsafeMutablePointer<curl_slist>?

    /// How much of the request's body libcurl has got.
    private var sent = 0
    private var headers: [TransferHeader] = []
    /// What the status line says; `nil` if it is none. libcurl takes any line that begins with `HTTP/` for a 200.
    private var status: Int?
    private var expected = Part.statusLine
    private var body: [UInt8] = []
    private var isTruncated = false

    /// What the next line of the header is. libcurl counts an answer as one that ends before its header does.
    private enum Part {
        case statusLine
        case field
        /// The header has ended; what comes now are trailers, which say nothing to us.
        case nothing
    }

    /// Fields of an answer beyond this number are dropped.
    private static let maximumHeaders = 256

    /// How long the body of an answer is read whose header says all.
    private static let bodyTime = Duration.seconds(1)
    /// Never 0.
    private static let numbers = Atomic<UInt>(1)

    /// Makes the handle ready; throws if the request cannot be made.
    init(_ request: TransferRequest, _ ticket: TransferTicket, _ files: TLSFiles.Contents) throws(TransferError) {
        guard let handle = curl_easy_init() else {
            throw TransferError(.other, url: request.url, detail: "libcurl has no memory left")
        }
        self.request = request
        self.ticket = ticket
        self.handle = handle
        number = Self.numbers.wrappingAdd(1, ordering: .relaxed).oldValue
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        var options = ExchangeOptions(handle: handle, request: request, files: files, number: number)
        defer { headerList = options.headerList }
        try options.apply()
        try options.check(curl_easy_setopt_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
        // libcurl calls back only from within calls on this handle, which this object outlives.
        let context = Unmanaged.passUnretained(self).toOpaque()
        try options.check(curl_easy_setopt_pointer(handle, CURLOPT_WRITEDATA, context))
        try options.check(curl_easy_setopt_pointer(handle, CURLOPT_HEADERDATA, context))
        try options.check(
            curl_easy_setopt_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                return exchange.received(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
            })
        try options.check(
            curl_easy_setopt_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                exchange.received(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count))
                return size * count
            })
        // libcurl would copy a body that it is given as a whole.
        try options.check(curl_easy_setopt_pointer(handle, CURLOPT_READDATA, context))
        try options.check(
            curl_easy_setopt_callback(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                return exchange.send(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
            })
        try options.check(curl_easy_setopt_pointer(handle, CURLOPT_SEEKDATA, context))
        // To send it again over another connection, when the server closed the old one at that moment.
        try options.check(
            curl_easy_setopt_seek_callback(handle) { context, offset, origin in
                guard let context, origin == SEEK_SET else { return CURL_SEEKFUNC_FAIL }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                return exchange.resume(at: Int(offset)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
            })
    }

    deinit {
        curl_easy_cleanup(handle)
        _ = CertificateFlaw.take(number)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// The next bytes of the request's body.
    private func send(into room: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request.body else { return 0 }
        let count = min(room.count, body.count - sent)
        body.withUnsafeBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
        sent += count
        return count
    }

    private func resume(at offset: Int) -> Bool {
        guard let body = request.body, (0...body.count).contains(offset) else { return false }
        sent = offset
        return true
    }

    /// Returns how many bytes are taken: fewer than there are end the transfer.
    private func received(body more: UnsafeRawBufferPointer) -> Int {
        let room = max(0, request.maximumBodyBytes - body.count)
        body.append(contentsOf: more.prefix(room))
        guard more.count > room else { return more.count }
        isTruncated = true
        return saysAll ? 0 : more.count
    }

    private func received(headerLine line: UnsafeRawBufferPointer) {
        switch expected {
        case .statusLine:
            headers = []
            status = Self.status(ofLine: line)
            expected = .field
        case .field where line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8):
            // Behind an interim answer (100) comes another.
            let isInterim = status.map { (100..<200).contains($0) } ?? false
            expected = isInterim ? .statusLine : .nothing
            headerEnd = .now
        case .field:
            guard headers.count < Self.maximumHeaders,
                let header = TransferHeader(line: String(decoding: line, as: UTF8.self))
            else { return }
            headers.append(header)
        case .nothing: break
        }
    }

    /// `HTTP/1.1 200 …` (RFC 9112, section 4).
    private static func status(ofLine line: UnsafeRawBufferPointer) -> Int? {
        var end = line.endIndex
        if end > line.startIndex, line[end - 1] == 0x0A { end -= 1 }
        if end > line.startIndex, line[end - 1] == 0x0D { end -= 1 }
        let words = line[..<end].split(separator: 0x20, maxSplits: 2)
        guard words.count >= 2, words[0].starts(with: "HTTP/1.".utf8), words[1].count == 3,
            words[1].allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return words[1].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Whether the server may have seen the request.
    var wasSent: Bool {
        var time: curl_off_t = 0
        return curl_easy_getinfo_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &time) == CURLE_OK && time > 0
    }

    /// Whether it has not come so far that the server's address is known.
    var isLookingUp: Bool {
        var time: curl_off_t = 0
        return curl_easy_getinfo_offset(handle, CURLINFO_NAMELOOKUP_TIME_T, &time) == CURLE_OK && time == 0
    }

    /// Whether the answer's header is whole and is all that matters.
    private var saysAll: Bool { !request.needsBody && expected == .nothing && isSuccess && hasSentAll }

    private var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }

    /// Whether libcurl has written all of the request's body. A 2xx that comes before says nothing of the rest.
    private var hasSentAll: Bool {
        guard let body = request.body, !body.isEmpty else { return true }
        var count: curl_off_t = 0
        return curl_easy_getinfo_offset(handle, CURLINFO_SIZE_UPLOAD_T, &count) == CURLE_OK && count >= body.count
    }

    /// The answer with as much of its body as there is.
    var headerAlone: TransferOutcome {
        .success(.init(status: status ?? 0, headers: headers, body: body, isTruncated: true))
    }

    /// What came of it, once libcurl is done with `result`.
    func outcome(_ result: CURLcode) -> TransferOutcome {
        guard result == CURLE_OK else { return saysAll ? headerAlone : .failure(failure(result)) }
        // Half an answer, or an interim one and no other, says nothing about the request (RFC 9112, section 8).
        guard let status, status >= 200, expected == .nothing else {
            let detail = "the server sent no HTTP answer, or none with a whole header"
            return .failure(TransferError(.sendReceive, url: request.url, detail: detail, wasSent: wasSent))
        }
        guard !isSuccess || hasSentAll else {
            let detail = "HTTP \(status) came before the request was sent; the server cannot have taken all of it"
            return .failure(TransferError(.sendReceive, url: request.url, detail: detail, wasSent: wasSent))
        }
        return .success(.init(status: status, headers: headers, body: body, isTruncated: isTruncated))
    }

    /// Whether a handshake with a proxy was begun and has not succeeded.
    private var hasProxyRefused: Bool {
        var verification = 0
        return curl_easy_getinfo_long(handle, CURLINFO_PROXY_SSL_VERIFYRESULT, &verification) == CURLE_OK
            && verification != 0
    }

    private func failure(_ result: CURLcode) -> TransferError {
        var verification = 0
        _ = curl_easy_getinfo_long(handle, CURLINFO_SSL_VERIFYRESULT, &verification)
        var text = String(cString: errorText)
        if text.isEmpty { text = String(cString: curl_easy_strerror(result)) }
        var cause = 0
        if result == CURLE_COULDNT_CONNECT, curl_easy_getinfo_long(handle, CURLINFO_OS_ERRNO, &cause) == CURLE_OK,
            cause != 0
        {
            text += ": \(String(cString: strerror(Int32(truncatingIfNeeded: cause))))"
        }
        let failure = TransferFailure(
            result, detail: Self.named(text, request.tls), verification: verification,
            flaw: CertificateFlaw.take(number), isOfProxy: hasProxyRefused)
        return failure.error(url: request.url, wasSent: wasSent, proxy: failure.proxy(for: request))
    }

    /// libcurl's text with the files' paths in the place of what it calls their content, and without a proxy's password.
    private static func named(_ text: String, _ tls: TLSSettings) -> String {
        let certificate = tls.clientCertificate ?? "the client certificate"
        return EnvironmentProxy.redacted(text).replacing("CURLOPT_SSLCERT_BLOB", with: certificate)
            .replacing("(memory blob)", with: tls.clientKey ?? certificate)
            .replacing("CA certificate blob", with: "CA certificates of \(tls.authoritiesPath ?? "the system")")
    }
}
