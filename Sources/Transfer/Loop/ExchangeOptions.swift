import CLibcurl
import Glibc

/// Sets a request's options on an easy handle.
struct ExchangeOptions {
    let handle: UnsafeMutableRawPointer
    let request: TransferRequest
    /// The header's fields; whoever frees the handle frees them after it.
    private(set) var headerList: UnsafeMutablePointer<curl_slist>?

    init(handle: UnsafeMutableRawPointer, request: TransferRequest) {
        self.handle = handle
        self.request = request
    }

    func check(_ code: CURLcode) throws(TransferError) {
        guard code == CURLE_OK else {
            throw TransferFailure(code, detail: String(cString: curl_easy_strerror(code)), verification: 0)
                .error(url: request.url, wasSent: false)
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(TransferError) {
        try check(curl_easy_setopt_long(handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(TransferError) {
        try check(curl_easy_setopt_string(handle, option, value))
    }

    mutating func apply() throws(TransferError) {
        try setURL()
        try setHeaders()
        try setMethod()
        try setTLS()
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_TIMEOUT_MS, request.timeout.milliseconds)
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.milliseconds)
        if let credentials = request.credentials {
            try check(curl_easy_setopt_basic_auth(handle))
            try set(CURLOPT_USERNAME, credentials.user)
            try set(CURLOPT_PASSWORD, credentials.password)
        }
        if let path = request.unixSocket { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
    }

    private func setURL() throws(TransferError) {
        let url = request.url
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw TransferError(.badURL, url: url, detail: "the URL holds white space or a control character")
        }
        try check(curl_easy_setopt_only_http(handle))
        try set(CURLOPT_URL, url)
    }

    private mutating func setHeaders() throws(TransferError) {
        // libcurl would ask for leave to send a larger body and wait a second for a server that does not know that.
        try append("Expect:")
        for header in request.headers {
            guard header.isValid else {
                throw TransferError(.badHeader, url: request.url, detail: "\(header.name) cannot be sent")
            }
            // libcurl sends a field without a value only if it is written with a semicolon.
            try append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        if request.body != nil, !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            // Otherwise libcurl says that the body is a form.
            try append("Content-Type:")
        }
        try check(curl_easy_setopt_list(handle, CURLOPT_HTTPHEADER, headerList))
    }

    private mutating func append(_ line: String) throws(TransferError) {
        guard let list = curl_slist_append(headerList, line) else { return try check(CURLE_OUT_OF_MEMORY) }
        headerList = list
    }

    private func setMethod() throws(TransferError) {
        if let body = request.body {
            try set(CURLOPT_POST, 1)
            try check(curl_easy_setopt_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            // Otherwise libcurl would ask for its bytes, as for all others, where there are none.
            if body.isEmpty { try set(CURLOPT_COPYPOSTFIELDS, "") }
        } else if request.method == .head {
            return try set(CURLOPT_NOBODY, 1)
        }
        try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }

    private func setTLS() throws(TransferError) {
        switch request.tls.trust {
        case .system: break
        case .anyone:
            try set(CURLOPT_SSL_VERIFYPEER, 0)
            try set(CURLOPT_SSL_VERIFYHOST, 0)
        case .authorities(let path):
            var status = stat()
            if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                try set(CURLOPT_CAPATH, path)
                try check(curl_easy_setopt_string(handle, CURLOPT_CAINFO, nil))
            } else {
                try set(CURLOPT_CAINFO, path)
                try check(curl_easy_setopt_string(handle, CURLOPT_CAPATH, nil))
            }
        }
        if let path = request.tls.clientCertificate { try set(CURLOPT_SSLCERT, path) }
        if let path = request.tls.clientKey { try set(CURLOPT_SSLKEY, path) }
    }
}

extension Duration {
    /// Whole milliseconds, at least 1, for 0 means without end to libcurl, and at most what fits into 31 bits.
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
