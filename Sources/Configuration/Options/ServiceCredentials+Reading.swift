extension ServiceCredentials {
    /// The credentials; `nil` if no `auth_type` is set, and if something is no good, which the reader tells then.
    init?(from reader: inout OptionReader, environment: [String: String]) {
        let standard = ServiceCredentialsOptions(group: ServiceCredentialsOptions.standardGroup)
        // As keystoneauth1 has it: a section of its own is for who we are, not for how the services are spoken to.
        let interface = reader.value(standard.interface)
        let region = reader.value(standard.regionName)
        let caFile = reader.value(standard.caFile)
        let certificateFile = reader.value(standard.certificateFile)
        let keyFile = reader.value(standard.keyFile)
        let isInsecure = reader.value(standard.isInsecure)
        let timeout = reader.value(standard.timeout)
        let section = reader.value(standard.authSection)?.value ?? ""
        var identity = ServiceIdentity(
            reader, group: section.isEmpty ? ServiceCredentialsOptions.standardGroup : section)
        let method = identity.method()
        reader = identity.reader
        guard let method, let interface, let region, let caFile, let certificateFile, let keyFile, let isInsecure,
            let timeout
        else { return nil }
        if !keyFile.value.isEmpty, certificateFile.value.isEmpty {
            reader.refuse(standard.keyFile.row.name, "a key needs its certificate; set certfile")
            return nil
        }
        authURL = method.authURL
        self.method = method.method
        self.interface =
            reader.sources[standard.interface.row.name] == nil
            ? environment["OS_INTERFACE"].flatMap(ServiceInterface.init(rawValue:)) ?? interface.value : interface.value
        let regionName =
            reader.sources[standard.regionName.row.name] == nil
            ? environment["OS_REGION_NAME"] ?? region.value : region.value
        self.regionName = regionName.isEmpty ? nil : regionName
        self.caFile = caFile.value.isEmpty ? nil : caFile
        self.certificateFile = certificateFile.value.isEmpty ? nil : certificateFile
        self.keyFile = keyFile.value.isEmpty ? nil : keyFile
        self.isInsecure = isInsecure.value
        self.timeout = timeout.value
    }
}
