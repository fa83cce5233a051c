import CLibcurl
import Glibc

/// One request and its answer: an easy handle with everything that it points to. Lives on the loop's thread only. Must
/// be removed from the multi handle before it is let go of.
final class Exchange {
    let request: TransferRequest
    let ticket: TransferTicket
    let continuation: CheckedContinuation<TransferOutcome, Never>
    let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    /// Given to libcurl, which does not copy it.
    private var headerList: UnsafeMutablePointer<curl_slist>?

    private var headers: [TransferHeader] = []
    private var body: [UInt8] = []
    private var isTruncated = false

    /// Fields of an answer beyond this number are dropped.
    private static let maximumHeaders = 256

    /// Makes the handle ready; throws if the request cannot be made.
    init(
        _ request: TransferRequest, _ ticket: TransferTicket,
        _ continuation: CheckedContinuation<TransferOutcome, Never>
    ) throws(TransferError) {
        guard let handle = curl_easy_init() else {
            throw TransferError(.other, url: request.url, detail: "libcurl has no memory left")
        }
        self.request = request
        self.ticket = ticket
        self.continuation = continuation
        self.handle = handle
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        var options = ExchangeOptions(handle: handle, request: request)
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
                exchange.received(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
                return size * count
            })
        try options.check(
            curl_easy_setopt_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                exchange.received(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count))
                return size * count
            })
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    private func received(body more: UnsafeRawBufferPointer) {
        let room = max(0, request.maximumBodyBytes - body.count)
        body.append(contentsOf: more.prefix(room))
        if more.count > room { isTruncated = true }
    }

    private func received(headerLine line: UnsafeRawBufferPointer) {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            // An interim answer (100) may have come before.
            headers = []
        } else if headers.count < Self.maximumHeaders, let header = TransferHeader(line: text) {
            headers.append(header)
        }
    }

    /// Whether the server may have seen the request.
    var wasSent: Bool {
        var time: curl_off_t = 0
        return curl_easy_getinfo_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &time) == CURLE_OK && time > 0
    }

    /// What came of it, once libcurl is done with `result`.
    func outcome(_ result: CURLcode) -> TransferOutcome {
        guard result == CURLE_OK else { return .failure(failure(result)) }
        var status = 0
        _ = curl_easy_getinfo_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return .success(.init(status: status, headers: headers, body: body, isTruncated: isTruncated))
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
        let failure = TransferFailure(result, detail: text, verification: verification)
        return failure.error(url: request.url, wasSent: wasSent)
    }
}
