import CLibcurl

/// Sets a request's options on an easy handle.
struct ExchangeOptions {
    let handle: UnsafeMutableRawPointer
    let request: TransferRequest
    /// What the files hold that the request's TLS settings name.
    let files: TLSFiles.Contents
    /// What `CertificateFlaw` knows the exchange by.
    let number: UInt
    /// The header's fields; whoever frees the handle frees them after it.
    private(set) var headerList: UnsafeMutablePointer<curl_slist>?

    init(handle: UnsafeMutableRawPointer, request: TransferRequest, files: TLSFiles.Contents, number: UInt) {
        self.handle = handle
        self.request = request
        self.files = files
        self.number = number
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
        curl_easy_setopt_quick_exit(handle)
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
        case .authorities:
            try set(CURLOPT_CAINFO_BLOB, files.authorities)
            try check(curl_easy_setopt_string(handle, CURLOPT_CAPATH, nil))
        }
        if request.tls.trust != .anyone { try check(CertificateFlaw.watch(handle, number: number)) }
        guard files.certificate != nil || files.key != nil else { return }
        try set(CURLOPT_SSLCERT_BLOB, files.certificate)
        try set(CURLOPT_SSLKEY_BLOB, files.key)
        // For a key that is encrypted: an error in the place of a question at the terminal.
        try set(CURLOPT_KEYPASSWD, "")
    }

    private func set(_ option: CURLoption, _ bytes: [UInt8]?) throws(TransferError) {
        guard let bytes else { return }
        try check(bytes.withUnsafeBytes { curl_easy_setopt_blob(handle, option, $0.baseAddress, $0.count) })
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
