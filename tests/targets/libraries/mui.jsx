// A form of MUI controls that posts as any form does.
import { useState } from "react";
import { createRoot } from "react-dom/client";
import {
  Autocomplete, Button, Checkbox, FormControl, FormControlLabel, FormGroup, FormLabel, InputLabel, MenuItem, Radio,
  RadioGroup, Select, Stack, Switch, TextField,
} from "@mui/material";
import { DatePicker } from "@mui/x-date-pickers/DatePicker";
import { DateTimePicker } from "@mui/x-date-pickers/DateTimePicker";
import { TimePicker } from "@mui/x-date-pickers/TimePicker";
import { LocalizationProvider } from "@mui/x-date-pickers/LocalizationProvider";
import { AdapterDayjs } from "@mui/x-date-pickers/AdapterDayjs";
import "dayjs/locale/en-gb";

function Choice({ id, label, name, options, multiple = false }) {
  const [value, setValue] = useState(multiple ? [] : "");
  return <FormControl>
    <InputLabel id={id}>{label}</InputLabel>
    <Select labelId={id} label={label} name={name} multiple={multiple} value={value} onChange={(e) => setValue(e.target.value)}>
      {options.map((text) => <MenuItem key={text} value={text}>{text}</MenuItem>)}
    </Select>
  </FormControl>;
}

function Several({ label, name, options, free = false }) {
  const [value, setValue] = useState([]);
  return <>
    <Autocomplete multiple freeSolo={free} options={options} value={value} onChange={(_, chosen) => setValue(chosen)}
      renderInput={(params) => <TextField {...params} label={label} />} />
    {value.map((text) => <input key={text} type="hidden" name={name} value={text} />)}
  </>;
}

function Report() {
  return <LocalizationProvider dateAdapter={AdapterDayjs} adapterLocale="en-gb">
    <h1>MUI report</h1>
    <form id="report" method="post" action="/mui">
      <Stack spacing={2} sx={{ maxWidth: 480 }}>
        <TextField label="Source reference" name="source_reference" autoComplete="off" />
        <TextField label="Place" name="place" />
        <Choice id="offence" label="Offence" name="offence" options={["Burglary", "Criminal damage", "Theft"]} />
        <Choice id="property" label="Property taken" name="property" multiple options={["Cash", "Jewellery", "Phone", "Tools"]} />
        <Several label="Marks seen" name="marks" free options={[]} />
        <Autocomplete options={["Exampleton Central", "Exampleton North", "Sampleford"]}
          renderInput={(params) => <TextField {...params} label="Nearest station" name="station" />} />
        <DatePicker label="Date of offence" name="offence_date" />
        <TimePicker label="Time of offence" name="offence_time" ampm={false} />
        <DateTimePicker label="Discovered at" name="discovered" ampm={false} />
        <FormControl><FormLabel id="injury">Injury</FormLabel>
          <RadioGroup aria-labelledby="injury" name="injury">
            {["None", "Slight", "Serious"].map((text) => <FormControlLabel key={text} value={text} control={<Radio />} label={text} />)}
          </RadioGroup>
        </FormControl>
        <FormControl component="fieldset"><FormLabel component="legend">Motives</FormLabel>
          <FormGroup>
            {["Gain", "Grudge", "Hate"].map((text) => <FormControlLabel key={text} control={<Checkbox name="motives" value={text} />} label={text} />)}
          </FormGroup>
        </FormControl>
        <FormControlLabel control={<Switch name="hate" value="yes" />} label="Hate crime" />
        <TextField label="Details" name="details" multiline minRows={3} />
        <Button type="submit" variant="contained">Save report</Button>
      </Stack>
    </form>
  </LocalizationProvider>;
}

createRoot(document.getElementById("root")).render(<Report />);
