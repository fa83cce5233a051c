/// One value of `virConnectGetAllDomainStats`, as libvirt's typed parameters and a recording's JSON can say it.
public enum StatisticValue: Sendable, Hashable {
    /// VIR_TYPED_PARAM_INT, UINT, LLONG or ULLONG; a whole number in JSON, also one written as 1.0.
    case integer(Int128)
    /// VIR_TYPED_PARAM_DOUBLE; a number in JSON that is not whole.
    case real(Double)
    /// VIR_TYPED_PARAM_BOOLEAN.
    case bool(Bool)
    /// VIR_TYPED_PARAM_STRING.
    case string(String)

    /// The whole number, if it is one.
    var whole: Int128? {
        guard case .integer(let value) = self else { return nil }
        return value
    }
}
