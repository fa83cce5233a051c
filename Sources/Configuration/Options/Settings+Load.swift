extension Settings {
    /// What came of loading.
    public struct Loaded: Sendable {
        /// The settings; `nil` exactly if a diagnostic is an error.
        public let settings: Settings?
        /// All that is to be told of all files.
        public let diagnostics: Diagnostics
        /// The files that were read, in order; later ones win.
        public let files: [String]
        /// Finds the files that the settings name.
        public let search: FileSearch
    }

    /// Reads and checks the files of a request. That no file is found is only warned about: every option has a default.
    ///
    /// Reads files and so blocks; not for the cooperative thread pool.
    public static func load(_ request: SettingsRequest, files: any FileAccess = LocalFiles()) -> Loaded {
        let search = FileSearch(request, files: files)
        let read = ConfigFiles(search.sources, files: files)
        var diagnostics = read.diagnostics
        for obstacle in search.obstacles {
            // Files that were named count without those that may stand in a directory that was not.
            diagnostics.append(
                Diagnostics(error: obstacle.description, at: nil).demoted(unless: request.sources.isEmpty))
        }
        if search.sources.isEmpty, search.obstacles.isEmpty {
            diagnostics.warning(
                at: nil,
                "no ceilometer.conf in \(search.places(of: "ceilometer.conf")): every option has its default")
        }
        let authSections = UnknownOptions.authSections(of: read.documents)
        for document in read.documents {
            diagnostics.append(UnknownOptions.warnings(in: document, authSections: authSections))
        }

        diagnostics.append(ExposedPasswords.warnings(in: read.documents, files: files))

        let environment = request.environment
        var reader = OptionReader(
            sources: OptionSources(documents: read.documents, environment: environment.variables),
            machineDefaults: [CeilometerOptions.host.row.name: environment.hostName])
        // Told apart: what is wrong there matters only where somebody needs it.
        var credentialsReader = reader
        let credentials = ServiceCredentials(from: &credentialsReader)
        let settings = Settings(from: &reader, credentials: credentials, machine: environment)
        diagnostics.append(
            credentialsReader.diagnostics.demoted(unless: settings?.needingServiceCredentials.isEmpty != true))
        UnmetExpectations.warn(&reader)
        diagnostics.append(reader.diagnostics)
        return Loaded(
            settings: diagnostics.hasErrors ? nil : settings, diagnostics: diagnostics,
            files: read.documents.map(\.file), search: search)
    }
}
