import Transfer

extension TransferRequest {
    /// A request with so much time that a test which is not about time passes on a busy machine, too.
    static func patient(
        _ method: TransferRequest.Method, _ url: String, headers: [TransferHeader] = [], body: [UInt8]? = nil
    ) -> TransferRequest {
        var request = TransferRequest(method, url, headers: headers, body: body)
        request.timeout = .seconds(50)
        request.connectTimeout = .seconds(50)
        return request
    }
}
