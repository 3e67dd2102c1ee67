# Request Tracker for the tests: everything in the folder named by RT_FOLDER, on this machine only, no mail.
Set($rtname, 'example.com');
Set($Organization, 'example.com');
Set($Timezone, 'Europe/London');
Set($WebDomain, '127.0.0.1');
Set($WebPort, $ENV{RT_PORT} || 8080);
Set($WebPath, '');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, "$ENV{RT_FOLDER}/rt.db");
Set($MailCommand, 'testfile');
Set($LogToSTDERR, 'error');
Set($LogToSyslog, undef);
Set($DevelMode, 0);
Set($DefaultQueue, 'Online reports');
# Some of the fields under a heading of their own.
Set(%CustomFieldGroupings,
    'RT::Ticket' => [
        'Incident' => ['Place', 'Date of offence', 'Discovered at', 'Offence', 'Offence detail', 'Weapon'],
    ],
);
$MasonDataDir = "$ENV{RT_FOLDER}/mason_data";
$MasonSessionDir = "$ENV{RT_FOLDER}/session_data";
1;
